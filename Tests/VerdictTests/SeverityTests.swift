import Testing

@testable import Verdict

@Suite struct SeverityTests {
  /// The ranking of unknown senders depends on these steps.
  @Test func onlyPossibleAttacksAreSevere() {
    var serious: [String: Int] = [:]
    for verdict in Verdict.allCases {
      for subtype in verdict.subtypes where verdict.severity(ofSubtype: subtype) > 0 {
        serious["\(verdict.rawValue)/\(subtype.rawValue)"] = verdict.severity(ofSubtype: subtype)
      }
    }
    #expect(
      serious == [
        "unknown-unauthenticated/spoof-suspected": 4, "dkim-replay-suspected/burst": 4,
        "dkim-replay-suspected/volume": 3, "unknown-unauthenticated/foreign-identity": 2,
        "unknown-unauthenticated/nothing-passes": 2, "misaligned-service/esp": 1,
      ])
  }

  @Test func alignedMailRanksLast() {
    #expect(Verdict.aligned.severity(ofSubtype: .both) < Verdict.unknownUnauthenticated.severity(ofSubtype: .undecided))
    #expect(Verdict.aligned.severity(ofSubtype: .spfOnly) < Verdict.forwarded.severity(ofSubtype: .dkimSurvived))
  }

  @Test func forwardingVerdicts() {
    #expect(Verdict.allCases.filter(\.isForwarding) == [.forwarded, .forwardedModified, .mailingList])
  }
}
