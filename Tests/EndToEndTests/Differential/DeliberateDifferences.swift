/// Where apus answers otherwise than nginx on purpose: "configuration/case", and the reason.
let deliberateDifferences: [String: String] = [
  "malformed requests/bare LF line ends":
    "RFC 9112, section 2.2, lets a recipient take a bare LF; apus refuses it in framing (400), "
    + "since peers that disagree about line ends can be made to disagree about messages."
]
