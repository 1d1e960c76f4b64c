import DMARC
import Intake

/// The only thread that uses it is that of libFuzzer.
private nonisolated(unsafe) let reading = ReportReader(limits: limits, batchRows: 16)

/// Low, so that the fuzzer does not merely find compression bombs.
private let limits: Limits = {
  var limits = Limits()
  limits.inflatedBytes = 256 << 10
  limits.members = 20
  limits.rows = 10_000
  return limits
}()

/// Fuzzes the reading of a message and, if the first byte is even, of an mbox file with the same bytes.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMail(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  let bytes = UnsafeBufferPointer(start: data, count: size)
  let isMailbox = (bytes.first ?? 1) % 2 == 0
  let start =
    isMailbox ? "From a@b.example Thu Oct  1 06:00:00 2026\n" : "Subject: Report Domain: example.com Submitter: r\n"
  do {
    try reading.read(Array(start.utf8) + bytes, hints: ReportHints()) { _ in }
  } catch { fatalError("reading threw what should have been an event: \(error)") }
  return 0
}
