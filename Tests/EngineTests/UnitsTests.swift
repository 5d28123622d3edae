import Bytes
import Testing

@testable import Engine

@Suite struct UnitsTests {
  @Test(
    arguments: [
      ("0", 0, 0), ("8", 8, 8), ("4k", 4096, 4096), ("4K", 4096, 4096), ("1m", 1 << 20, 1 << 20),
      ("1g", nil, 1 << 30), ("2G", nil, 2 << 30), ("", nil, nil), ("k", nil, nil), ("-1", nil, nil),
      ("1 k", nil, nil), ("1kb", nil, nil), ("1.5k", nil, nil),
      ("9223372036854775807k", nil, nil), ("8589934592g", nil, nil),
    ] as [(ByteString, Int?, Int?)])
  func `sizes have k and m, offsets g too`(text: ByteString, size: Int?, offset: Int?) {
    #expect(Units.size(text) == size)
    #expect(Units.offset(text) == offset)
  }

  @Test(
    arguments: [
      ("60", 60_000, 60), ("500ms", 500, nil), ("1s500ms", 1500, nil), ("1h30m", 5_400_000, 5400),
      ("1h 30m", 5_400_000, 5400), ("1d12h", 129_600_000, 129_600),
      ("1M", 2_592_000_000, 2_592_000),
      ("1y", 31_536_000_000, 31_536_000), ("1w", 604_800_000, 604_800), ("1m1s", 61_000, 61),
      ("1m 30", 90_000, 90), ("0", 0, 0), ("", nil, nil), ("s", nil, nil), ("1s1h", nil, nil),
      ("1m1m", nil, nil), ("30 1m", nil, nil), ("1ms1s", nil, nil), ("-1", nil, nil),
      ("1x", nil, nil), (" 1", nil, nil), ("1.5h", nil, nil),
      ("9223372036854775807", nil, .max), ("9223372036854775807y", nil, nil),
    ] as [(ByteString, Int?, Int?)])
  func `spans of time are a sum of units, the largest first`(
    text: ByteString, milliseconds: Int?, seconds: Int?
  ) {
    #expect(Units.milliseconds(text) == milliseconds)
    #expect(Units.seconds(text) == seconds)
  }
}
