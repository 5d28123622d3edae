/// Where apus answers otherwise than nginx on purpose: "configuration/case", and the reason.
let deliberateDifferences: [String: String] = [
  "malformed requests/mixed line ends":
    "RFC 9112, section 2.2, lets a recipient take a bare LF; apus does where all lines of the head "
    + "end so and refuses a mixture (400), which others may read as another message."
]
