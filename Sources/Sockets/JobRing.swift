/// A queue of pointers, such as Swift's jobs, that allocates only when it grows.
///
/// Confined to the thread of one loop.
struct JobRing: ~Copyable {
  private var memory: UnsafeMutablePointer<UnsafeMutableRawPointer>
  private var mask: Int
  private var head = 0
  private var tail = 0

  init() {
    memory = .allocate(capacity: 256)
    mask = 255
  }

  deinit { memory.deallocate() }

  var isEmpty: Bool { head == tail }

  mutating func append(_ job: UnsafeMutableRawPointer) {
    if tail &- head > mask { grow() }
    (memory + (tail & mask)).initialize(to: job)
    tail &+= 1
  }

  mutating func popFirst() -> UnsafeMutableRawPointer? {
    guard head != tail else { return nil }
    let job = memory[head & mask]
    head &+= 1
    return job
  }

  private mutating func grow() {
    let capacity = mask + 1
    let larger = UnsafeMutablePointer<UnsafeMutableRawPointer>.allocate(capacity: capacity * 2)
    for index in 0..<capacity { (larger + index).initialize(to: memory[(head + index) & mask]) }
    memory.deallocate()
    memory = larger
    mask = capacity * 2 - 1
    head = 0
    tail = capacity
  }
}
