import DMARC
import ReportXML
import Testing

@Suite struct NormalisationTests {
  @Test func normalisedKeywordsCauseWarnings() throws {
    let parsed = try parse(
      reportXML(
        policy: "<domain>example.com</domain><p>None</p><sp></sp><np>nil</np><adkim>strict</adkim><aspf>R</aspf>",
        records: recordXML(
          evaluated:
            "<disposition>None</disposition><dkim>Pass</dkim><spf>softfail</spf><reason><type></type></reason>",
          auth: "<dkim><domain>example.com</domain><result>pass</result></dkim>"
            + "<spf><domain>example.com</domain><result>hardfail</result></spf>"
            + "<spf><domain>a.example</domain><result>error</result></spf><spf><domain>b.example</domain><result/></spf>"
        )))
    let policy = parsed.tail.head.policy
    #expect((policy.p, policy.sp, policy.np) == (RequestedPolicy.none, nil, nil))
    #expect((policy.adkim, policy.aspf) == (.strict, .relaxed))
    let outcome = parsed.outcome()
    #expect((outcome.disposition, outcome.evaluatedDKIM, outcome.evaluatedSPF) == (Disposition.none, .pass, .fail))
    // What is empty says nothing.
    #expect(outcome.reasons == [])
    #expect(outcome.spf.map(\.result) == [.fail, .error, nil])
    #expect(parsed.codes.filter { $0 == .enumerationNormalised }.count == 10)
    #expect(parsed.codes.filter { $0 == .unknownValue }.count == 2)
    #expect(parsed.tail.warnings.allSatisfy { $0.line == 1 })
    #expect(parsed.tail.warnings.contains { $0.message.contains("hardfail") })
  }

  @Test func reasonWithoutATypeHasNone() throws {
    let reasons =
      "<reason/><reason><comment>x</comment></reason><reason><type/><comment/></reason>"
      + "<reason><type>local policy</type></reason>"
    let parsed = try parse(
      reportXML(records: recordXML(evaluated: "<dkim>fail</dkim><spf>fail</spf>\(reasons)")))
    #expect(parsed.outcome().reasons == [OverrideReason(comment: "x"), OverrideReason(type: .other)])
  }

  @Test func warningsAreRepeatedForEveryRow() throws {
    let record = recordXML(evaluated: "<disposition>15</disposition><dkim>pass</dkim><spf>fail</spf>") + "\n"
    let parsed = try parse(reportXML(records: record + record + record))
    #expect(parsed.tail.warnings.map(\.line) == [1, 2, 3])
    #expect(parsed.outcome(2).disposition == .unknown)
  }

  @Test func warningsAreBounded() throws {
    let record = recordXML(evaluated: "<disposition>15</disposition><dkim>pass</dkim><spf>fail</spf>")
    let parsed = try parse(reportXML(records: String(repeating: record, count: 1_500)))
    #expect(parsed.tail.warnings.count == 1_001)
    #expect(parsed.tail.warnings.last?.message == "500 more warnings of kind unknown-value")
  }

  @Test(arguments: [
    ("[192.0.2.1]", "192.0.2.1"), ("192.0.2.1:25", "192.0.2.1"), ("192.000.002.001", "192.0.2.1"),
    ("::ffff:192.0.2.1", "192.0.2.1"), ("[IPv6:2001:db8::1]", "2001:db8::1"), ("fe80::1%eth0", "fe80::1"),
  ])
  func unusualAddressFormsAreParsed(text: String, address: String) throws {
    let parsed = try parse(reportXML(records: recordXML(ip: "<source_ip>\(text)</source_ip>")))
    #expect(parsed.batch.rows.first?.source.description == address)
    #expect(parsed.codes == [.addressNormalised])
    #expect(parsed.tail.warnings.first?.message.contains(text) == true)
  }

  @Test(arguments: ["<source_ip></source_ip>", "<source_ip>X.X.X.X</source_ip>", ""])
  func rowWithoutAddressAffectsOnlyItself(ip: String) throws {
    let parsed = try parse(reportXML(records: recordXML(ip: ip) + recordXML()))
    #expect(parsed.batch.rows.count == 1)
    #expect(parsed.tail.droppedRows == 1)
    #expect(parsed.codes == [.rowDropped])
  }

  @Test(arguments: [
    ("3.0", 3, ReportWarning.Code.numberNormalised), ("1,234", 1_234, .numberNormalised), ("0", 0, .countNotBelieved),
    ("-4", 0, .countNotBelieved), ("99999999999999", 0, .countNotBelieved),
  ])
  func unusualCounts(text: String, messages: Int64, code: ReportWarning.Code) throws {
    let parsed = try parse(reportXML(records: recordXML(count: "<count>\(text)</count>")))
    #expect(parsed.batch.rows.first?.messages == messages)
    #expect(parsed.codes == [code])
  }

  @Test func recipientsAndFirstSPFResult() throws {
    let parsed = try parse(
      reportXML(
        records: recordXML(
          identifiers: "<identities><header_from>a.example</header_from></identities>",
          auth:
            "<spf><domain>a.example</domain><result>pass</result></spf><dkim><domain>example.com</domain><result>pass</result></dkim>"
        )))
    #expect(parsed.outcome().headerFrom == "a.example")
    #expect(parsed.outcome().spf.count == 1)
    #expect(parsed.codes == [.elementRenamed, .contradiction])
  }

  @Test func contradictionsAreReportedAndKept() throws {
    let parsed = try parse(reportXML(records: recordXML(auth: "")))
    #expect(parsed.outcome().evaluatedDKIM == .pass)
    #expect(parsed.codes == [.contradiction])
  }

  @Test func millisecondsAndFractions() throws {
    let metadata =
      "<report_id>1</report_id><date_range><begin>1790812800000</begin><end>1790899199.0</end></date_range>"
    let head = try parse(reportXML(metadata: metadata, records: recordXML())).tail.head
    #expect((head.metadata.begin, head.metadata.end) == (1_790_812_800, 1_790_899_199))
  }
}
