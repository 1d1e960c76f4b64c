import DMARC
import Verdict

/// Finds the hosts that a domain's own DNS names, from answers that are known so far.
struct OwnHostLookup {
  /// The hosts by address; nil while answers are missing or if a lookup failed.
  private(set) var hosts: [IPAddress: OwnHost]? = [:]
  /// The questions whose answers are missing.
  private(set) var missing: Set<DNSQuestion> = []

  /// The maximum number of mail exchanges, and of addresses of a name.
  private static let limit = 10

  init(_ domain: DomainName, _ organisations: Organisations, _ answers: (DNSQuestion) -> DNSAnswer?) {
    add(domain, .address, answers)
    guard let answer = answer(to: DNSQuestion(domain.name, .mx), answers) else { return }
    let names = answer.exchanges.compactMap(DomainName.init).filter { organisations.areRelated($0, domain) }
    for name in names.prefix(Self.limit) { add(name, .exchange, answers) }
  }

  private mutating func add(_ name: DomainName, _ kind: OwnHost.Kind, _ answers: (DNSQuestion) -> DNSAnswer?) {
    for type in [DNSQuestion.RecordType.a, .aaaa] {
      guard let found = answer(to: DNSQuestion(name.name, type), answers) else { continue }
      for address in found.addresses.prefix(Self.limit) {
        hosts?[address] = OwnHost(name: name, kind: kind)
      }
    }
  }

  private mutating func answer(
    to question: DNSQuestion, _ answers: (DNSQuestion) -> DNSAnswer?
  ) -> DNSAnswer? {
    guard question.isAskable else { return nil }
    guard let answer = answers(question) else {
      missing.insert(question)
      hosts = nil
      return nil
    }
    if answer.status == .failure { hosts = nil }
    return answer
  }
}
