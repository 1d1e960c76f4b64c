import DMARC
import Lookup
import Verdict

/// Checks domains a few at a time, so that their questions are asked together.
struct DomainLookUps {
  let service: NameService
  let selectors: [String]
  let organisations: Organisations
  /// Whether to fetch MTA-STS policies, which are not in DNS.
  let fetchesPolicies: Bool
  /// When lookups end, in monotonic seconds (``Resolver/now``).
  let deadline: Double

  /// The number of domains whose questions are asked together.
  private static let batch = 25
  /// The maximum number of questions about one domain. A hostile record could lead to any number.
  private static let mostQuestions = 600
  /// The maximum number of successive questions: a chain of includes or aliases.
  private static let mostRounds = 40
  /// How long policies are fetched, in seconds from the start. Web servers that do not answer must not use up the time
  /// for lookups.
  private static let mostPolicyTime: Double = 60

  /// Checks domains, in their order.
  /// - Parameter use: what reports say about a domain that was checked without them.
  func run(_ domains: [DomainName], use: (DomainCheck) throws -> DomainUse?) throws -> [CheckedDomain] {
    var result: [CheckedDomain] = []
    let policiesEnd = Resolver.now + Self.mostPolicyTime
    for start in stride(from: 0, to: domains.count, by: Self.batch) {
      let part = Array(domains[start..<min(start + Self.batch, domains.count)])
      var round = Round(answers: [:])
      let first = complete(part, [:], &round)
      var uses: [DomainName: DomainUse] = [:]
      for check in first {
        uses[check.domain] = try use(check)
        round.policies[check.domain] = Resolver.now < policiesEnd ? policy(of: check, round) : nil
      }
      let last = uses.isEmpty && round.policies.isEmpty ? first : complete(part, uses, &round)
      result += last.map { CheckedDomain(check: $0, use: uses[$0.domain]) }
    }
    return result
  }

  /// The answers so far.
  private struct Round {
    var answers: [DNSQuestion: DNSAnswer]
    /// The number of questions about each domain.
    var asked: [DomainName: Int] = [:]
    /// The answers of web servers that host MTA-STS policies, by domain.
    var policies: [DomainName: STSAnswer] = [:]
  }

  /// Fetches the MTA-STS policy of a domain, if it has the record and its web server has an address.
  private func policy(of check: DomainCheck, _ round: Round) -> STSAnswer? {
    guard fetchesPolicies, check.transport.sts != nil, Resolver.now < deadline,
      let host = DomainName("mta-sts.\(check.domain.name)")
    else { return nil }
    let addresses = [DNSQuestion.RecordType.a, .aaaa].flatMap {
      round.answers[DNSQuestion(host.name, $0)]?.addresses ?? []
    }
    guard !addresses.isEmpty else { return nil }
    do throws(SecureDocument.Failure) {
      return .text(try SecureDocument(host: host, path: "/.well-known/mta-sts.txt", addresses: addresses).fetch())
    } catch {
      switch error {
      case .unreachable: return .failed(.unreachable)
      case .certificate: return .failed(.certificate)
      case .status(let status): return .failed(.status, status: status)
      case .tooLong: return .failed(.long)
      }
    }
  }

  private func complete(_ domains: [DomainName], _ uses: [DomainName: DomainUse], _ round: inout Round) -> [DomainCheck]
  {
    var done: [DomainName: DomainCheck] = [:]
    var waiting = domains
    for number in 0...Self.mostRounds where !waiting.isEmpty {
      var missing: Set<DNSQuestion> = []
      var next: [DomainName] = []
      for domain in waiting {
        let isOver = number == Self.mostRounds || round.asked[domain, default: 0] > Self.mostQuestions
        let check = check(domain, uses[domain], round, isOver: isOver)
        if check.missing.isEmpty {
          done[domain] = check
        } else {
          missing.formUnion(check.missing)
          round.asked[domain, default: 0] += check.missing.count
          next.append(domain)
        }
      }
      waiting = next
      let found = missing.isEmpty ? [:] : service.answers(to: Array(missing), until: deadline)
      round.answers.merge(found) { $1 }
      // What was not answered in time counts as failed, which the check says.
      for question in missing where found[question] == nil { round.answers[question] = DNSAnswer(.failure) }
    }
    return domains.compactMap { done[$0] }
  }

  private func check(
    _ domain: DomainName, _ use: DomainUse?, _ round: Round, isOver: Bool
  ) -> DomainCheck {
    DomainCheck(
      domain, selectors: selectors, use: use, organisations: organisations, sts: round.policies[domain]
    ) {
      round.answers[$0] ?? (isOver ? DNSAnswer(.failure) : nil)
    }
  }
}

/// A checked domain, with what reports say about it.
struct CheckedDomain {
  let check: DomainCheck
  let use: DomainUse?
}
