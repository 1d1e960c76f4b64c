import DMARC
import Testing

@testable import Store

/// Outcomes and policies are found by the hash of their JSON text: if its form changes, equal ones in old databases are no longer found,
/// and are stored twice. These texts are those of databases that exist, so they must not be adapted to the code.
@Suite struct StoredFormTests {
  @Test func keyOfAnOutcome() {
    var outcome = AuthenticationOutcome()
    outcome.disposition = .quarantine
    outcome.evaluatedDKIM = .fail
    outcome.evaluatedSPF = .pass
    outcome.headerFrom = "Example.COM."
    outcome.envelopeFrom = ""
    outcome.dkim = [
      DKIMResult(domain: "A.example", selector: "s\"1\\/", result: .pass, humanResult: "a\u{1}\u{7f}\n\r\t\u{200b}é日𝄞"),
      DKIMResult(),
    ]
    outcome.spf = [SPFResult(domain: "B.example", scope: "helo", result: .softfail, humanResult: "<&>")]
    outcome.reasons = [OverrideReason(type: .localPolicy, comment: "arc=pass"), OverrideReason()]
    outcome.extensionXML = "<x y=\"1\"/>"
    let dkim =
      #"[{"domain":"a.example","selector":"s\"1\\/","result":"pass","#
      + #""human_result":"a\u0001\u007f\n\r\t"# + "\u{200b}é日𝄞"
      + #""},{"domain":null,"selector":null,"result":null,"human_result":null}]"#
    let spf = #"[{"domain":"b.example","scope":"helo","result":"softfail","human_result":"<&>"}]"#
    let reasons = #"[{"type":"local_policy","comment":"arc=pass"},{"type":null,"comment":null}]"#
    let expected =
      #"["quarantine","fail","pass","example.com","","# + dkim + "," + spf + "," + reasons + #","<x y=\"1\"/>"]"#
    #expect(outcome.canonicalText == expected)
  }

  @Test func keyOfAnEmptyOutcome() {
    #expect(AuthenticationOutcome().canonicalText == "[null,null,null,null,null,[],[],[],null]")
  }

  @Test func keyOfAPolicy() throws {
    var policy = PolicyPublished()
    policy.domain = "Example.com"
    policy.adkim = .strict
    policy.p = .reject
    policy.pct = 50
    policy.fo = "1:d"
    policy.testing = "y"
    let domain = try #require(DomainName("Example.com"))
    #expect(
      policy.canonicalText(for: domain)
        == #"{"domain":"example.com","adkim":"s","aspf":null,"p":"reject","sp":null,"np":null,"pct":50,"fo":"1:d","#
        + #""testing":"y","discovery_method":null}"#)
  }
}
