import DMARC
import Testing

/// The DMARC result of outcomes that the receiver did not evaluate.
@Suite struct EvaluationTests {
  private func evaluated(
    policy: String = "example.com", _ change: (inout AuthenticationOutcome, inout PolicyPublished) -> Void
  ) -> AuthenticationOutcome {
    var outcome = AuthenticationOutcome()
    outcome.headerFrom = "a.example.com"
    var published = PolicyPublished()
    published.domain = policy
    change(&outcome, &published)
    return outcome.evaluated(under: published) { name in
      DomainName(name.labels.suffix(2).joined(separator: "."))
    }
  }

  private func word(_ outcome: AuthenticationOutcome) -> String {
    "\(outcome.evaluatedDKIM?.rawValue ?? "-") \(outcome.evaluatedSPF?.rawValue ?? "-") \(outcome.evaluation.rawValue)"
  }

  @Test func listedResultsDecide() {
    let signed = evaluated { outcome, _ in
      outcome.dkim = [DKIMResult(domain: "example.com", selector: "s", result: .pass)]
      outcome.spf = [SPFResult(domain: "bounce.example.net", result: .pass)]
    }
    #expect(word(signed) == "pass fail computed" && signed.passesDMARC)
    let failing = evaluated { outcome, _ in outcome.spf = [SPFResult(domain: "example.net", result: .pass)] }
    #expect(word(failing) == "fail fail computed")
    let strict = evaluated { outcome, policy in
      policy.adkim = .strict
      outcome.dkim = [DKIMResult(domain: "example.com", selector: "s", result: .pass)]
      outcome.spf = [SPFResult(domain: "a.example.com", result: .fail)]
    }
    #expect(word(strict) == "fail fail computed")
  }

  @Test func whatIsReportedIsKept() {
    let reported = evaluated { outcome, _ in
      outcome.evaluatedDKIM = .fail
      outcome.evaluatedSPF = .fail
      outcome.dkim = [DKIMResult(domain: "a.example.com", selector: "s", result: .pass)]
    }
    #expect(word(reported) == "fail fail reported")
    #expect(word(evaluated { outcome, _ in outcome.evaluatedSPF = .pass }) == "- pass reported")
    let half = evaluated { outcome, _ in
      outcome.evaluatedSPF = .fail
      outcome.spf = [SPFResult(domain: "a.example.com", result: .pass)]
    }
    #expect(word(half) == "fail fail computed")
  }

  @Test func whatDoesNotFollowIsNeitherPassNorFailure() {
    #expect(word(evaluated { _, _ in }) == "- - none")
    #expect(word(evaluated { outcome, _ in outcome.evaluatedDKIM = .fail }) == "fail - none")
    #expect(word(evaluated { outcome, _ in outcome.spf = [SPFResult(domain: "", result: nil)] }) == "- - none")
    let unsigned = evaluated { outcome, _ in outcome.dkim = [DKIMResult(domain: "x.example", result: .fail)] }
    #expect(word(unsigned) == "- - none")
    let helo = evaluated { outcome, _ in
      outcome.spf = [SPFResult(domain: "a.example.com", scope: "helo", result: .pass)]
    }
    #expect(word(helo) == "- - none")
    let null = evaluated { outcome, _ in
      outcome.envelopeFrom = ""
      outcome.spf = [SPFResult(domain: "a.example.com", scope: "helo", result: .pass)]
    }
    #expect(word(null) == "fail pass computed")
    // Only the receiver knows whether psd=n ends the walk here.
    let walk = evaluated(policy: "a.example.com") { outcome, policy in
      policy.discoveryMethod = "treewalk"
      outcome.dkim = [DKIMResult(domain: "example.com", selector: "s", result: .pass)]
      outcome.spf = [SPFResult(domain: "example.net", result: .pass)]
    }
    #expect(word(walk) == "- - none")
  }
}
