public import Bytes

/// Dates in fields (RFC 9110, section 5.6.7), as seconds since 1970 in UTC.
public enum HTTPDate {
  private static let dayNames: StaticString = "SunMonTueWedThuFriSat"
  private static let monthNames: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"

  /// Appends a date in the preferred form: `Sun, 06 Nov 1994 08:49:37 GMT`.
  public static func append(_ seconds: Int, to buffer: ByteBuffer) {
    let days = floorDivide(seconds, 86400)
    let time = seconds - days * 86400
    let date = CivilDate(daysSince1970: days)
    append(dayNames, part: ((days + 4) % 7 + 7) % 7, to: buffer)
    buffer.append(", " as StaticString)
    append(twoDigits: date.day, to: buffer)
    buffer.append(ASCII.space)
    append(monthNames, part: date.month - 1, to: buffer)
    buffer.append(ASCII.space)
    append(twoDigits: date.year / 100, to: buffer)
    append(twoDigits: date.year % 100, to: buffer)
    buffer.append(ASCII.space)
    append(twoDigits: time / 3600, to: buffer)
    buffer.append(0x3A)
    append(twoDigits: time / 60 % 60, to: buffer)
    buffer.append(0x3A)
    append(twoDigits: time % 60, to: buffer)
    buffer.append(" GMT" as StaticString)
  }

  /// A date in the preferred form.
  public static func format(_ seconds: Int) -> ByteString {
    let buffer = ByteBuffer(capacity: 32)
    append(seconds, to: buffer)
    return buffer.allBytes
  }

  /// Reads a date in any of the three forms:
  /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
  ///
  /// As in nginx, the name of the day and the zone are not looked at, and two-digit years are those
  /// of 1970 to 2069.
  ///
  /// - Returns: nil where it is no date.
  public static func parse(_ text: ByteString) -> Int? {
    var parts = text.bytes.split { $0 == ASCII.space || $0 == 0x2C }[...]
    guard let dayName = parts.popFirst(), let first = parts.first else { return nil }
    let isDashed = first.count == 9
    if isDashed {
      parts = first.split(separator: 0x2D) + parts.dropFirst()
    } else if text[dayName.endIndex] == ASCII.space {
      return parseC(parts)
    }
    guard parts.count >= 4 else { return nil }
    let start = parts.startIndex
    guard let day = number(parts[start], digits: 2), let month = month(parts[start + 1]),
      let year = number(parts[start + 2], digits: isDashed ? 2 : 4)
    else { return nil }
    let fullYear = isDashed ? (year < 70 ? year + 2000 : year + 1900) : year
    return seconds(year: fullYear, month: month, day: day, time: parts[start + 3])
  }

  /// Reads the rest of the form of C's `asctime`.
  private static func parseC(_ parts: ArraySlice<ArraySlice<UInt8>>) -> Int? {
    guard parts.count >= 4 else { return nil }
    let start = parts.startIndex
    guard let month = month(parts[start]),
      let day = number(parts[start + 1], digits: parts[start + 1].count),
      let year = number(parts[start + 3], digits: 4)
    else { return nil }
    return seconds(year: year, month: month, day: day, time: parts[start + 2])
  }

  private static func seconds(year: Int, month: Int, day: Int, time: ArraySlice<UInt8>) -> Int? {
    let parts = time.split(separator: 0x3A, omittingEmptySubsequences: false)
    guard parts.count == 3, let hour = number(parts[0], digits: 2),
      let minute = number(parts[1], digits: 2), let second = number(parts[2], digits: 2)
    else { return nil }
    let date = CivilDate(year: year, month: month, day: day)
    guard hour < 24, minute < 60, second < 60, day > 0,
      CivilDate(daysSince1970: date.daysSince1970) == date
    else { return nil }
    return date.daysSince1970 * 86400 + hour * 3600 + minute * 60 + second
  }

  private static func number(_ text: ArraySlice<UInt8>, digits: Int) -> Int? {
    guard text.count == digits, (1...4).contains(digits) else { return nil }
    return ByteString(text).decimalNumber
  }

  /// The number of a month, 1 to 12.
  private static func month(_ name: ArraySlice<UInt8>) -> Int? {
    guard name.count == 3 else { return nil }
    return monthNames.withUTF8Buffer { names in
      (0..<12).first { names[($0 * 3)..<($0 * 3 + 3)].elementsEqual(name) }.map { $0 + 1 }
    }
  }

  private static func append(_ names: StaticString, part: Int, to buffer: ByteBuffer) {
    for index in (part * 3)..<(part * 3 + 3) { buffer.append(names.utf8Start[index]) }
  }

  private static func append(twoDigits number: Int, to buffer: ByteBuffer) {
    buffer.append(0x30 + UInt8(truncatingIfNeeded: number / 10))
    buffer.append(0x30 + UInt8(truncatingIfNeeded: number % 10))
  }
}

/// A day of the Gregorian calendar.
///
/// The arithmetic counts years from March on, so that the leap day is the last of its year, and
/// 400-year eras of 146097 days.
public struct CivilDate: Hashable, Sendable {
  /// The year.
  public let year: Int

  /// 1 to 12.
  public let month: Int

  /// 1 to 31.
  public let day: Int

  /// A date of the calendar.
  public init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// The date so many days after 1 January 1970.
  public init(daysSince1970 days: Int) {
    let shifted = days + 719_468
    let era = floorDivide(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// The days since 1 January 1970.
  public var daysSince1970: Int {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = floorDivide(shiftedYear, 400)
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

/// The quotient, rounded down.
private func floorDivide(_ dividend: Int, _ divisor: Int) -> Int {
  dividend >= 0 ? dividend / divisor : -((-dividend + divisor - 1) / divisor)
}
