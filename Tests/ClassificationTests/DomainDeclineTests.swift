import DMARC
import Seeds
import Testing

@testable import Classification
@testable import Store

@Suite struct DomainDeclineTests {
  private func domain(
    _ messages: Int64, failed: Int64 = 0, unknown: Int64 = 0, dkim: Int64? = nil, spf: Int64? = nil,
    policy: String = "p=none"
  ) -> DomainSummary {
    let passed = messages - failed
    return DomainSummary(
      domain: "example.com", messages: messages, passed: passed, dkimAligned: dkim ?? passed, spfAligned: spf ?? passed,
      bothAligned: 0, delivered: messages, quarantined: 0, rejected: 0, unknown: unknown, sources: 1, reports: 1,
      reporters: 1, droppedRows: 0, firstDay: .firstReports, lastDay: .firstReports, policy: policy, notEvaluated: 0)
  }

  private func kinds(_ before: DomainSummary, _ now: DomainSummary) -> [DomainDecline.Kind] {
    DomainDecline(now, since: before)?.changes.map(\.kind) ?? []
  }

  @Test func namesWhatGotWorse() {
    #expect(kinds(domain(1_000, failed: 20), domain(1_000, failed: 80)) == [.failing])
    #expect(kinds(domain(1_000), domain(1_000, unknown: 50)) == [.review])
    #expect(kinds(domain(1_000), domain(1_000, dkim: 300)) == [.dkim])
    #expect(kinds(domain(1_000), domain(1_000, spf: 300)) == [.spf])
    #expect(kinds(domain(1_000), domain(2_000, failed: 1_000)) == [.failing])
    #expect(kinds(domain(9, policy: "p=reject sp=none"), domain(9, policy: "p=none sp=none")) == [.policy])
    #expect(kinds(domain(9, policy: "p=reject"), domain(9, policy: "p=reject testing=y")) == [.policy])
    let decline = DomainDecline(domain(2_000, failed: 200), since: domain(1_000, failed: 20))
    #expect(decline?.messages == 160)
    #expect(decline?.changes == [.share(.failing, before: 0.02, now: 0.1, messages: 160)])
  }

  @Test func moreMailIsNotWorse() {
    #expect(kinds(domain(1_000, failed: 20), domain(50_000, failed: 1_000)) == [])
    #expect(kinds(domain(1_000, failed: 500), domain(1_000, failed: 100)) == [])
    #expect(kinds(domain(9, policy: "p=none"), domain(9, policy: "p=reject")) == [])
  }

  @Test func smallDifferencesDoNotCount() {
    // Below one point, below ten messages, and below four standard errors.
    #expect(kinds(domain(1_000_000, failed: 1_000), domain(1_000_000, failed: 10_900)) == [])
    #expect(kinds(domain(100), domain(100, failed: 9)) == [])
    #expect(kinds(domain(40, failed: 10), domain(40, failed: 22)) == [])
    #expect(kinds(domain(1_000), domain(1_000, dkim: 920)) == [])
  }

  @Test func nothingToCompareWith() {
    #expect(kinds(domain(0), domain(1_000, failed: 1_000)) == [])
    #expect(kinds(domain(1_000), domain(0)) == [])
    #expect(kinds(domain(.max, failed: .max), domain(.max)) == [])
  }

  /// Domains that do not change: each message fails by chance, alone or with the others of its burst.
  @Test(arguments: [1, 4])
  func chanceDoesNotCount(burst: Int) {
    var random = Seeded("declines \(burst)")
    var found = 0
    for _ in 0..<2_000 {
      let share = Double.random(in: 0...0.3, using: &random)
      func period() -> DomainSummary {
        let bursts = Int.random(in: 1...(600 / burst), using: &random)
        let failing = (0..<bursts).count { _ in Double.random(in: 0..<1, using: &random) < share }
        return domain(Int64(bursts * burst), failed: Int64(failing * burst))
      }
      let before = period()
      if DomainDecline(period(), since: before) != nil { found += 1 }
    }
    #expect(found <= (burst == 1 ? 2 : 60), "\(found) of 2,000")
  }
}
