import DMARC
import Intake

/// The only thread that uses it is that of libFuzzer.
private nonisolated(unsafe) let reading = ReportReader(limits: limits, batchRows: 16)

private let limits: Limits = {
  var limits = Limits()
  limits.inflatedBytes = 64 << 10
  limits.members = 5
  limits.rows = 100
  return limits
}()

/// A report without a domain and a period, so that both are taken from the headers.
private let report = """
  \r\n--b\r\nContent-Type: text/xml\r\n\r\n<feedback><report_metadata><org_name>R</org_name><report_id>1</report_id></report_metadata>\
  <record><row><source_ip>192.0.2.1</source_ip><count>1</count></row></record></feedback>\r\n--b--\r\n
  """

/// Fuzzes the headers of a message with a fixed report, and the parsers of single header texts with the same bytes.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHeaders(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  let bytes = UnsafeBufferPointer(start: data, count: size)
  let text = String(decoding: bytes, as: UTF8.self)
  _ = ReportSubject(text)
  _ = ReportFileName(text)
  _ = CalendarDay(text)
  _ = DomainName(text)
  _ = IPAddress(text)
  _ = AuthenticationResults(bytes)?.authenticatedDomains
  let head = Array("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n".utf8)
  do {
    // First without changes, then after a fixed media type, so that the report is always found.
    try reading.read(Array(bytes) + report.utf8, hints: ReportHints()) { _ in }
    try reading.read(head + bytes + report.utf8, hints: ReportHints()) { _ in }
  } catch { fatalError("reading threw what should have been an event: \(error)") }
  return 0
}
