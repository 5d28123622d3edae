/// Where apus answers otherwise than nginx on purpose: "configuration/case", and the reason.
let deliberateDifferences: [String: String] = [
  "malformed requests/mixed line ends":
    "RFC 9112, section 2.2, lets a recipient take a bare LF; apus does where the first line of a "
    + "head ends so, and refuses it (400) behind a CRLF: others may read another message.",
  "proxy fields/GET /hop Connection: close, X-Nominated X-Nominated: 1 TE: trailers":
    "RFC 9110, section 7.6.1: what Connection names is meant for this hop alone and is removed; "
    + "nginx forwards it.",
  "upstream failures/GET /invalid":
    "What does not begin with an HTTP version is no response (RFC 9112, section 4). nginx takes it "
    + "for HTTP/0.9 and sends the client raw bytes without a head; apus answers 502.",
  "request content/chunked streamed":
    "nginx announces the length where all chunks happened to come with the head; apus streams in "
    + "chunks whatever the arrival, so that what the origin gets does not depend on timing.",
  "request content/chunked too large by its size line":
    "The size line says that the content will be too large; apus answers 413 then (RFC 9110, "
    + "section 15.5.14), nginx waits for the first byte of the chunk.",
  "request content/content that does not come":
    "RFC 9110, section 15.5.9, and nginx's own documentation of client_body_timeout promise a 408; "
    + "nginx only logs it and closes the connection.",
  "upstream responses/GET /host":
    "RFC 9112, section 3.2: every HTTP/1.1 request has a Host. Where proxy_set_header empties it, "
    + "nginx sends none; apus sends the authority of proxy_pass.",
  "upstream responses/GET /204":
    "RFC 9110, section 8.6: no Content-Length in a 204; nginx forwards the origin's.",
  "upstream responses/GET /bad-chunk":
    "The content is broken from its first byte on. Either way the client sees that the response is "
    + "incomplete; apus has sent the head by then, nginx still holds it back.",
]
