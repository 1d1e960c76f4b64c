import DMARC

/// Compares the MTA-STS policy with the mail servers.
struct STSPolicyCheck {
  let domain: DomainName
  let exchanges: MailExchanges
  let answer: STSAnswer

  /// A day in seconds: a policy that senders keep for less time protects little.
  private static let leastAge: Int64 = 86_400

  func run(_ list: inout FindingList) -> STSPolicy? {
    let owner = "mta-sts.\(domain.name)"
    switch answer {
    case .failed(let cause, let status):
      list.add(.stsPolicyMissing, at: owner, ["url": url, "cause": "sts-\(cause.rawValue)", "status": "\(status)"])
      return nil
    case .text(let bytes):
      do throws(STSPolicy.Mistake) {
        let policy = try STSPolicy(bytes)
        check(policy, owner, &list)
        return policy
      } catch {
        switch error {
        case .line(let number): list.add(.stsPolicyLine, at: owner, ["url": url, "line": "\(number)"])
        case .key(let key): list.add(.stsPolicyKey, at: owner, ["url": url, "key": key])
        }
        return nil
      }
    }
  }

  private var url: String { "https://mta-sts.\(domain.name)/.well-known/mta-sts.txt" }

  private func check(_ policy: STSPolicy, _ owner: String, _ list: inout FindingList) {
    guard policy.mode != .none else { return list.add(.stsPolicyNone, at: owner, ["url": url]) }
    if policy.mode == .testing { list.add(.stsPolicyTesting, at: owner, ["url": url]) }
    if policy.maxAge < Self.leastAge { list.add(.stsPolicyShort, at: owner, ["seconds": "\(policy.maxAge)"]) }
    let hosts = (exchanges.hosts ?? []).map(\.name).filter { !$0.isEmpty && !policy.names($0) }
    for host in hosts.prefix(MailExchangeCheck.mostHosts) {
      list.add(policy.mode == .enforce ? .stsServerRefused : .stsServerUnlisted, at: owner, ["host": host, "url": url])
    }
  }
}
