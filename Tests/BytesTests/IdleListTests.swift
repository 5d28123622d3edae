import Bytes
import Testing

@Suite struct IdleListTests {
  private final class Object: Idling {
    var nextIdle: Unmanaged<Object>?
    let number: Int
    let noteEnd: (Int) -> Void

    init(_ number: Int, _ noteEnd: @escaping (Int) -> Void) {
      self.number = number
      self.noteEnd = noteEnd
    }

    deinit { noteEnd(number) }
  }

  @Test func `the last object comes first, and each is freed once by whoever has it`() {
    var ended: [Int] = []
    do {
      var list = IdleList<Object>()
      #expect(list.take() == nil)
      for number in 1...4 { list.give(Object(number) { ended.append($0) }) }
      #expect(list.count == 4 && ended.isEmpty)
      #expect(list.take()?.number == 4)
      #expect(ended == [4])
      let third = list.take()
      #expect(list.count == 2 && ended == [4])
      if let third { list.give(third) }
      #expect(list.count == 3)
      #expect(list.take()?.number == 3)
    }
    #expect(ended == [4, 3, 2, 1])
  }

  @Test func `all objects can be freed, however many they are`() {
    var endCount = 0
    var list = IdleList<Object>()
    for number in 0..<100_000 { list.give(Object(number) { _ in endCount += 1 }) }
    list.removeAll()
    #expect(endCount == 100_000 && list.count == 0)
  }

  @Test func `objects that nobody has needed are surplus`() {
    var ended: [Int] = []
    var list = IdleList<Object>()
    for number in 1...10 { list.give(Object(number) { ended.append($0) }) }
    list.releaseSurplus(but: 2)
    #expect(ended.isEmpty)
    do {
      let taken = (0..<3).compactMap { _ in list.take() }
      for object in taken.reversed() { list.give(object) }
    }
    list.releaseSurplus(but: 2)
    #expect(list.count == 5 && ended == [10, 9, 8, 7, 6])
    list.releaseSurplus(but: 2)
    #expect(list.count == 2)
    list.removeAll()
  }
}
