import DMARC
import Intake

/// libFuzzer calls from one thread only.
private nonisolated(unsafe) let reading = ReportReader(limits: limits, batchRows: 16)

/// Small, so that what the fuzzer finds is no mere bomb.
private let limits: Limits = {
  var limits = Limits()
  limits.inflatedBytes = 256 << 10
  limits.members = 20
  limits.rows = 10_000
  return limits
}()

/// Whatever the bytes are: containers, archives, XML.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzContainer(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  do {
    try reading.read(Array(UnsafeBufferPointer(start: data, count: size)), hints: ReportHints()) { _ in }
  } catch { fatalError("reading threw what should have been an event: \(error)") }
  return 0
}
