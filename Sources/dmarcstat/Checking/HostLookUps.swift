import DMARC
import Lookup
import Store

/// The host names of addresses, from the database or else looked up now.
struct HostLookUps {
  let database: ReportDatabase?
  /// The name servers or the zone file; nil to look nothing up.
  let service: NameService?
  /// When lookups end, in monotonic seconds (``Resolver/now``).
  let deadline: Double
  private var answers: [DNSQuestion: DNSAnswer] = [:]

  init(_ database: ReportDatabase?, _ service: NameService?, deadline: Double) {
    (self.database, self.service, self.deadline) = (database, service, deadline)
  }

  /// What is known about the name of a host. The raw values are printed.
  enum State: String {
    /// The address resolves to the name, and the name to the address.
    case confirmed
    /// Only the address resolves to the name, or only the name to the address.
    case unconfirmed
    /// The address has no name.
    case none
    /// The name was not looked up.
    case unknown
    /// No name server answered.
    case failed
  }

  /// The host name of an address: one that is confirmed, or else the one that it claims.
  mutating func host(of address: IPAddress) throws -> (name: DomainName?, state: State) {
    if let stored = try database?.hostLookedUp(of: address), let name = stored { return (name, .confirmed) }
    guard service != nil else {
      return (nil, try database?.hostLookedUp(of: address) == nil ? .unknown : .unconfirmed)
    }
    let question = DNSQuestion(hostNameOf: address)
    while true {
      switch HostName(of: address, answers: { answers[$0] }) {
      case .confirmed(let name): return (name, .confirmed)
      case .missing(let questions): ask(questions)
      case .failed: return (claimed(question), .failed)
      case .unconfirmed:
        let claimed = claimed(question)
        return (claimed, claimed == nil ? .none : .unconfirmed)
      }
    }
  }

  private func claimed(_ question: DNSQuestion) -> DomainName? {
    answers[question]?.values.lazy.compactMap { DomainName($0) }.first { $0.publishable != nil }
  }

  /// The maximum number of addresses of a host that are looked up.
  private static let mostAddresses = 10

  /// The state of a host name: confirmed if one of its addresses resolves to it.
  mutating func state(of host: DomainName) throws -> State {
    guard service != nil else { return .unknown }
    let questions = [DNSQuestion(host.name, .a), DNSQuestion(host.name, .aaaa)].filter(\.isAskable)
    ask(Set(questions))
    let addresses = questions.flatMap { answers[$0]?.addresses ?? [] }
    ask(Set(addresses.prefix(Self.mostAddresses).map { DNSQuestion(hostNameOf: $0) }))
    for address in addresses.prefix(Self.mostAddresses) {
      let names = answers[DNSQuestion(hostNameOf: address)]?.values ?? []
      if names.contains(where: { DomainName($0) == host }) { return .confirmed }
    }
    if addresses.isEmpty {
      return questions.contains { answers[$0]?.status == .failure } ? .failed : .none
    }
    return .unconfirmed
  }

  private mutating func ask(_ questions: Set<DNSQuestion>) {
    let missing = questions.filter { answers[$0] == nil }
    guard let service, !missing.isEmpty else { return }
    let found = service.answers(to: Array(missing), until: deadline)
    // What was not answered in time counts as failed.
    for question in missing { answers[question] = found[question] ?? DNSAnswer(.failure) }
  }
}
