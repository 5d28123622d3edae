import Testing

@testable import Engine

@Suite struct UpstreamBufferCheckTests {
  @Test(arguments: [
    ("proxy_buffers 1 4k;", "there must be at least 2 \"proxy_buffers\""),
    (
      "fastcgi_buffer_size 16k; fastcgi_busy_buffers_size 8k;",
      "\"fastcgi_busy_buffers_size\" must be equal to or greater than the maximum of the value of "
        + "\"fastcgi_buffer_size\" and one of the \"fastcgi_buffers\""
    ),
    (
      "proxy_buffer_size 16k;",
      "\"proxy_busy_buffers_size\" must be less than the size of all \"proxy_buffers\" "
        + "minus one buffer"
    ),
  ])
  func `buffers that do not go with each other are refused`(text: String, sentence: String) {
    #expect(load(server: text).messages == [sentence])
    #expect(load(server: "location / { \(text) }").messages == [sentence])
  }

  @Test(arguments: [
    "proxy_buffer_size 16k; proxy_buffers 4 16k; proxy_busy_buffers_size 32k;",
    "proxy_buffers 999999999999 99999999m;",
  ])
  func `others are accepted`(text: String) { #expect(load(server: text).messages == []) }
}
