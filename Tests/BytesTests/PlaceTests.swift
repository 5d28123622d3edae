import Bytes
import Testing

@Suite struct PlaceTests {
  private final class Object {
    let noteEnd: () -> Void
    init(_ noteEnd: @escaping () -> Void) { self.noteEnd = noteEnd }
    deinit { noteEnd() }
  }

  @Test func `an object lives as long as it has its place, or its taker wants it`() {
    var ended: [String] = []
    do {
      var place = Place<Object>()
      #expect(place.isEmpty && place.take() == nil && place.withObject { _ in 1 } == nil)
      place.put(Object { ended.append("first") })
      #expect(!place.isEmpty && place.withObject { _ in 1 } == 1 && ended.isEmpty)
      place.put(Object { ended.append("second") })
      #expect(ended == ["first"])
      let taken = place.take()
      withExtendedLifetime(taken) { #expect(place.isEmpty && ended == ["first"]) }
      place.put(Object { ended.append("third") })
    }
    #expect(ended.sorted() == ["first", "second", "third"])
  }
}
