import Bytes
import Engine
import Sockets
import Testing

@testable import Server

struct OrdersTests {
  private let source = ConfigurationSource(
    Invocation(), Paths(Invocation()), program: "apus")

  @Test func `an order to serve comes out as it went in`() throws {
    let order = ServeOrder(
      generation: 3, source: source, isSuperuser: true,
      account: Account(name: "nobody", user: 65_534, group: 65_534), logFiles: ["/a", "/b"],
      places: [.init(address: .loopback(port: 80), socketCount: 2)])
    #expect(try Message(order).read(ServeOrder.self) == order)
    #expect(order.descriptorCount == 5)
  }

  @Test func `a report of a check comes out as it went in`() throws {
    var plan = ServingPlan()
    plan.pidFile = "/run/x.pid"
    plan.places = [.init(address: .loopback(port: 80), options: .init())]
    let syslog = SyslogSettings(
      server: .loopback(port: 514), facility: 1, severity: 2, tag: "t", namesHost: true)
    plan.errorLogs = [
      .init(path: nil, level: .error), .init(path: "x", level: .info, syslog: syslog),
    ]
    plan.usesStandardError = true
    plan.processFacts = ["1", ""]
    let report = CheckReport(
      diagnostics: [.init(level: .warn, line: "line", rendering: "apus: [warn] line")],
      plan: plan)
    #expect(try Message(report).read(CheckReport.self) == report)
  }

  @Test(arguments: [ReloadReport.Outcome.taken, .refused, .open])
  func `what came of a reload comes out as it went in`(outcome: ReloadReport.Outcome) throws {
    let report = ReloadReport(generation: 2, outcome: outcome, messages: ["a", "b"])
    #expect(try Message(report).read(ReloadReport.self) == report)
    #expect(try Message(WithdrawOrder(generation: 7)).read(WithdrawOrder.self).generation == 7)
  }

  @Test(arguments: [nil, [], [SocketAddress.loopback(port: 80), .loopback(port: 81)]])
  func `an order to drain comes out as it went in`(emptied: [SocketAddress]?) throws {
    #expect(try Message(DrainOrder(emptied: emptied)).read(DrainOrder.self).emptied == emptied)
  }

  @Test func `a long story of a failure is cut`() {
    let report = ServeReport(generation: 1, failure: String(repeating: "x", count: 10_000))
    #expect(report.failure?.utf8.count == 4096)
  }

  @Test func `a message of another kind is refused`() {
    let message = Message(DrainOrder(emptied: nil))
    #expect(throws: ProtocolError("a message that nobody waits for")) {
      try message.read(LogOrder.self)
    }
  }

  @Test func `every cut through a message is refused`() throws {
    let whole = Message(CheckOrder(source: source))
    for count in 0..<whole.payload.count {
      let part = Message(kind: whole.kind, payload: whole.payload[0..<count])
      #expect(throws: ProtocolError.self) { try part.read(CheckOrder.self) }
    }
    let longer = Message(kind: whole.kind, payload: whole.payload + "x")
    #expect(throws: ProtocolError.self) { try longer.read(CheckOrder.self) }
  }
}
