import Bytes
import Testing

@Suite struct TextPlaceTests {
  @Test func `a text is appended where it is there`() {
    var place = TextPlace()
    let output = ByteBuffer(capacity: 8)
    place.append(to: output)
    #expect(place.isEmpty && place.text == nil && output.isEmpty)
    place.text = ""
    place.append(to: output)
    #expect(place.isEmpty && place.text == "" && output.isEmpty)
    place.text = "text/html"
    place.append(to: output)
    place.append(to: output)
    #expect(!place.isEmpty && output.allBytes == "text/htmltext/html")
  }
}
