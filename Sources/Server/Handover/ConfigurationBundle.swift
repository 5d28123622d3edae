import Bytes
import CLinux
import Config
import Engine
import Sockets
import Synchronization

/// Everything outside of the program that the meaning of a configuration was made from: the content
/// of all files, what patterns matched, and the addresses of names.
///
/// Whoever checks a configuration records it; whoever serves it reads it from here alone, so both
/// see the same. It travels as a file in memory that nobody can change any more.
struct ConfigurationBundle: Equatable {
  /// What was found at a path or by a pattern.
  enum Finding<Value: Equatable & Sendable>: Equatable, Sendable {
    case found(Value)
    case failed(call: String, code: CInt)
  }

  var files: [ByteString: Finding<ByteString>] = [:]
  var patterns: [ByteString: Finding<[String]>] = [:]
  var hosts: [ByteString: [SocketAddress]] = [:]
}

// MARK: - Recording

/// Reads from the disk and asks the system's resolver, and notes the answers.
///
/// Used by one thread at a time; the lock is there for the compiler.
final class RecordingReader: FileReader, HostReader {
  private let record = Mutex(ConfigurationBundle())
  private let disk = DiskReader()
  private let system = SystemHosts()

  var bundle: ConfigurationBundle { record.withLock { $0 } }

  func bytes(of path: String) throws(ReadError) -> ByteString {
    if let known = record.withLock({ $0.files[ByteString(path)] }) { return try known.get() }
    let finding = ConfigurationBundle.Finding { () throws(ReadError) in
      try disk.bytes(of: path)
    }
    record.withLock { $0.files[ByteString(path)] = finding }
    return try finding.get()
  }

  func paths(matching pattern: String) throws(ReadError) -> [String] {
    let finding = ConfigurationBundle.Finding { () throws(ReadError) in
      try disk.paths(matching: pattern)
    }
    record.withLock { $0.patterns[ByteString(pattern)] = finding }
    return try finding.get()
  }

  func addresses(of name: ByteString) -> [SocketAddress] {
    if let known = record.withLock({ $0.hosts[name] }) { return known }
    let addresses = system.addresses(of: name)
    record.withLock { $0.hosts[name] = addresses }
    return addresses
  }
}

/// Answers from a bundle alone.
struct BundledReader: FileReader, HostReader {
  let bundle: ConfigurationBundle

  func bytes(of path: String) throws(ReadError) -> ByteString {
    guard let finding = bundle.files[ByteString(path)] else {
      throw ReadError(call: "open()", code: ENOENT)
    }
    return try finding.get()
  }

  func paths(matching pattern: String) throws(ReadError) -> [String] {
    guard let finding = bundle.patterns[ByteString(pattern)] else { return [] }
    return try finding.get()
  }

  func addresses(of name: ByteString) -> [SocketAddress] { bundle.hosts[name] ?? [] }
}

extension ConfigurationBundle.Finding {
  fileprivate init(_ body: () throws(ReadError) -> Value) {
    do throws(ReadError) {
      self = .found(try body())
    } catch {
      self = .failed(call: error.call, code: error.code)
    }
  }

  fileprivate func get() throws(ReadError) -> Value {
    switch self {
    case .found(let value): return value
    case .failed(let call, let code): throw ReadError(call: call, code: code)
    }
  }
}

// MARK: - As a file in memory

extension ConfigurationBundle {
  /// The largest bundle that is read, in bytes.
  private static let maximumSize = 1 << 30

  /// A file in memory that holds the bundle and cannot be changed.
  func sealed() throws(SystemError) -> Descriptor {
    let file = Descriptor(
      adopting: try SystemError.check("memfd_create", linux_sealable_file("apus-configuration")))
    var rest = encoded[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(file.number, $0.baseAddress, $0.count) }
      if count < 0, linux_errno() == EINTR { continue }
      rest = rest.dropFirst(Int(try SystemError.check("write", CInt(clamping: count))))
    }
    try SystemError.check("fcntl", linux_seal(file.number))
    return file
  }

  /// Reads what ``sealed()`` made.
  init(readingFrom file: Descriptor) throws(ChannelError) {
    var information = stat()
    guard fstat(file.number, &information) == 0 else {
      throw .failed(SystemError(call: "fstat", code: linux_errno()))
    }
    guard information.st_size <= ConfigurationBundle.maximumSize else {
      throw .malformed(ProtocolError("too large a bundle"))
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(information.st_size))
    var part = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = pread(file.number, &part, part.count, bytes.count)
      if count < 0, linux_errno() == EINTR { continue }
      guard count >= 0 else { throw .failed(SystemError(call: "pread", code: linux_errno())) }
      if count == 0 { break }
      bytes += part.prefix(count)
    }
    do throws(ProtocolError) {
      var reader = MessageReader(ByteString(bytes))
      self = try ConfigurationBundle(&reader)
      try reader.finish()
    } catch {
      throw .malformed(error)
    }
  }

  private var encoded: [UInt8] {
    var writer = MessageWriter()
    writer.write(Array(files)) { writer, entry in
      writer.write(entry.key)
      writer.write(entry.value) { $0.write($1) }
    }
    writer.write(Array(patterns)) { writer, entry in
      writer.write(entry.key)
      writer.write(entry.value) { $0.write($1) { $0.write($1) } }
    }
    writer.write(Array(hosts)) { writer, entry in
      writer.write(entry.key)
      writer.write(entry.value) { $0.write($1) }
    }
    return writer.bytes
  }

  private init(_ reader: inout MessageReader) throws(ProtocolError) {
    for (path, finding) in try reader.list({ (reader) throws(ProtocolError) in
      (
        try reader.text(),
        try reader.finding { (reader) throws(ProtocolError) in try reader.text() }
      )
    }) { files[path] = finding }
    for (pattern, finding) in try reader.list({ (reader) throws(ProtocolError) in
      (
        try reader.text(),
        try reader.finding { (reader) throws(ProtocolError) in
          try reader.list { (reader) throws(ProtocolError) in try reader.string() }
        }
      )
    }) { patterns[pattern] = finding }
    for (name, addresses) in try reader.list({ (reader) throws(ProtocolError) in
      (
        try reader.text(),
        try reader.list { (reader) throws(ProtocolError) in try reader.address() }
      )
    }) { hosts[name] = addresses }
  }
}

extension MessageWriter {
  fileprivate mutating func write<Value>(
    _ finding: ConfigurationBundle.Finding<Value>, _ body: (inout MessageWriter, Value) -> Void
  ) {
    switch finding {
    case .found(let value):
      write(true)
      body(&self, value)
    case .failed(let call, let code):
      write(false)
      write(call)
      write(Int(code))
    }
  }
}

extension MessageReader {
  fileprivate mutating func finding<Value>(
    _ body: (inout MessageReader) throws(ProtocolError) -> Value
  ) throws(ProtocolError) -> ConfigurationBundle.Finding<Value> {
    if try flag() { return .found(try body(&self)) }
    return .failed(call: try string(), code: CInt(try number(in: 0...Int(CInt.max))))
  }
}
