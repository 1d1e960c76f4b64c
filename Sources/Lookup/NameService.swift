import DMARC

/// Where DNS answers come from.
public enum NameService {
  /// Name servers.
  case resolver(Resolver)
  /// A zone file.
  case zone(ZoneFile)

  /// Answers the questions; what is not answered by the deadline (monotonic seconds, ``Resolver/now``) is missing.
  public func answers(to questions: [DNSQuestion], until deadline: Double) -> [DNSQuestion: DNSAnswer] {
    switch self {
    case .resolver(let resolver): resolver.answers(to: questions, until: deadline)
    case .zone(let zone):
      Dictionary(questions.map { ($0, zone.answer(to: $0)) }, uniquingKeysWith: { first, _ in first })
    }
  }
}

/// The host name of an address, which counts only where it leads back to the address: whoever owns an address can write any name.
public enum HostName: Sendable, Hashable {
  /// The name is there, and its addresses hold this one.
  case confirmed(DomainName)
  /// There is none, or none leads back.
  case unconfirmed
  /// A name server did not answer.
  case failed
  /// Answers to these questions are needed first.
  case missing(Set<DNSQuestion>)

  /// As many names of an address are looked at (RFC 7208 §5.5).
  private static let mostNames = 10

  /// Finds the name of an address from DNS answers.
  public init(of address: IPAddress, answers: (DNSQuestion) -> DNSAnswer?) {
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
