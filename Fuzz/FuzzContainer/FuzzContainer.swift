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

/// Fuzzes the reading of containers, archives and XML.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzContainer(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  do {
    try reading.read(Array(UnsafeBufferPointer(start: data, count: size)), hints: ReportHints()) { _ in }
  } catch { fatalError("reading threw what should have been an event: \(error)") }
  return 0
}
