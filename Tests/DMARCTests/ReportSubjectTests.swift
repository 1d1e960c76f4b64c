import DMARC
import Testing

@Suite struct ReportSubjectTests {
  @Test(arguments: [
    "Report Domain: example.com Submitter: mx.example.net Report-ID: <1.2@example.net>",
    "Report domain:example.com  Submitter:mx.example.net\tReport-ID:<1.2@example.net>",
    "Fwd: report DOMAIN: <example.com>\n submitter: mx.example.net report-id: 1.2@example.net",
    "Dmarc Aggregate Report Domain: {example.com}  Submitter: {mx.example.net}  Report-ID: {1.2@example.net}",
  ])
  func subjectsAsTheyAreWritten(text: String) throws {
    let subject = try #require(ReportSubject(text))
    #expect(subject.domain == "example.com")
    #expect(subject.submitter == "mx.example.net")
    #expect(subject.reportID == "1.2@example.net")
  }

  @Test func whatIsMissingIsNil() throws {
    let subject = try #require(ReportSubject("Report Domain: example.com Submitter: mx.example.net"))
    #expect(subject.reportID == nil)
    #expect(ReportSubject("Report Domain: Submitter: Report-ID: <1>") == nil)
  }

  @Test(arguments: ["", "Hello", "Your domain: a good offer", "Re: domain: example.com"])
  func otherSubjectsAreNotParsed(text: String) { #expect(ReportSubject(text) == nil) }
}
