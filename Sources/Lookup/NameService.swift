package import DMARC

/// A source of DNS answers.
package enum NameService {
  /// Name servers.
  case resolver(Resolver)
  /// A zone file.
  case zone(ZoneFile)

  /// Whether queries go over a network, so that other servers may be contacted, too.
  package var isNetwork: Bool {
    switch self {
    case .resolver: true
    case .zone: false
    }
  }

  /// Answers questions. Those not answered by the deadline (monotonic seconds, ``Resolver/now``) are missing in the result.
  package func answers(to questions: [DNSQuestion], until deadline: Double) -> [DNSQuestion: DNSAnswer] {
    switch self {
    case .resolver(let resolver): resolver.answers(to: questions, until: deadline)
    case .zone(let zone):
      Dictionary(questions.map { ($0, zone.answer(to: $0)) }, uniquingKeysWith: { first, _ in first })
    }
  }
}

/// The forward-confirmed reverse DNS name of an address. An unconfirmed name proves nothing, because the owner of an address can choose
/// any.
package enum HostName: Sendable, Hashable {
  /// The name resolves to the address.
  case confirmed(DomainName)
  /// There is no name, or none resolves to the address.
  case unconfirmed
  /// A name server did not answer.
  case failed
  /// The answers to these questions are missing.
  case missing(Set<DNSQuestion>)

  /// The maximum number of names of an address that are checked (RFC 7208 §5.5).
  private static let mostNames = 10

  /// Determines the name of an address from DNS answers; `answers` returns nil for an answer that is not known yet.
  package init(of address: IPAddress, answers: (DNSQuestion) -> DNSAnswer?) {
    let question = DNSQuestion(hostNameOf: address)
    guard let names = answers(question) else {
      self = .missing([question])
      return
    }
    var isFailed = names.status == .failure
    var missing: Set<DNSQuestion> = []
    for name in names.values.prefix(Self.mostNames) {
      let back = DNSQuestion(name, address.isIPv6 ? .aaaa : .a)
      guard back.isAskable, let host = DomainName(name) else { continue }
      guard let answer = answers(back) else {
        missing.insert(back)
        continue
      }
      if answer.addresses.contains(address) {
        self = .confirmed(host)
        return
      }
      isFailed = isFailed || answer.status == .failure
    }
    self = !missing.isEmpty ? .missing(missing) : isFailed ? .failed : .unconfirmed
  }
}
