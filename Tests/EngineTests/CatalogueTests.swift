import Bytes
import Testing

@testable import Engine

@Suite struct CatalogueTests {
  @Test(arguments: [
    ("prox_pass http://a;", #"unknown directive "prox_pass""#),
    ("proxy_pass http://127.0.0.1;", #""proxy_pass" directive is not allowed here"#),
    ("root;", #"invalid number of arguments in "root" directive"#),
    ("root a b;", #"invalid number of arguments in "root" directive"#),
    ("location / ;", #"directive "location" has no opening "{""#),
    ("root a {}", #"directive "root" is not terminated by ";""#),
    ("satisfy maybe;", #"invalid value "maybe""#),
  ])
  func `a mistake is reported in nginx's words`(text: String, message: String) {
    let messages = load(server: text).messages
    #expect(messages.first?.hasPrefix(message) == true, "\(messages)")
  }

  @Test func `names are known with all their contexts`() {
    #expect(Catalogue.contexts(of: "server").isSuperset(of: [.http, .upstream]))
    #expect(Catalogue.contexts(of: "no_such_name").isEmpty)
    #expect(Catalogue.isTable("types") && !Catalogue.isTable("server"))
    #expect(Contexts([.location, .main]).names == ["main", "location"])
  }

  @Test func `every directive has one row in each context`() {
    var seen: Set<String> = []
    for directive in Modules.all.flatMap(\.directives) {
      for context in directive.contexts.names {
        #expect(seen.insert("\(directive.name) in \(context)").inserted, "\(directive.name)")
      }
      #expect(!directive.summary.isEmpty && !directive.contexts.isEmpty)
    }
  }
}
