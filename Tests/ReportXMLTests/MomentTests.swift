import DMARC
import ReportXML
import Testing

@Suite struct MomentTests {
  @Test(arguments: [
    ("1790812800", false), ("1790812800.0", true), ("1790812800.999", true), ("1790812800000", true),
    ("1790812800000000", true), ("1790812800000000000", true), ("2026-10-01", true), ("2026-10-01T00:00:00Z", true),
    ("2026-10-01 00:00:00", true), ("2026-10-01T02:00:00+02:00", true), ("2026-09-30T19:30:00.5 -0430", true),
    ("2026-10-01 00:00 UTC", true),
  ])
  func timestampFormats(text: String, isOdd: Bool) throws {
    let dates = "<date_range><begin>\(text)</begin><end>1790899199</end></date_range>"
    let parsed = try parse(reportXML(metadata: "<org_name>R</org_name>\(dates)", records: recordXML()))
    #expect(parsed.tail.head.metadata.begin == 1_790_812_800)
    #expect(parsed.codes == (isOdd ? [.numberNormalised] : []))
  }

  @Test(arguments: [
    "", "soon", "-5", "2026-13-01", "2026-10-01T25:00:00", "99999999999999999999", "2026-10-01T00:00:00+x",
  ])
  func invalidTimestampsAreNil(text: String) throws {
    let dates = "<date_range><begin>\(text)</begin><end>1790899199</end></date_range>"
    let parsed = try parse(reportXML(metadata: dates, records: recordXML()))
    #expect(parsed.tail.head.metadata.begin == nil)
    #expect(parsed.codes == [.unknownValue])
  }
}
