import DMARC
import ReportXML

/// Fuzzes the strict parser and the repair of what it rejects. libxml2 must accept any output of the repair.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzXML(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  let bytes = UnsafeRawBufferPointer(start: data, count: size)
  do throws(InputError) {
    let parser = ReportParser()
    try parser.push(bytes)
    _ = try parser.finish()
    return 0
  } catch {
    guard [.malformedXML, .wrongRoot].contains(error.code) else { return 0 }
  }
  var parser: ReportParser?
  let repair = XMLRepair(limits: Limits()) { output in
    switch output {
    case .begin: parser = ReportParser()
    case .xml(let bytes): try parser?.push(bytes)
    case .end: _ = try parser?.finish()
    }
  }
  do {
    try repair.push(bytes)
    try repair.finish()
  } catch let rejection as InputError {
    if rejection.code == .malformedXML { fatalError("the repair gave what is not well-formed: \(rejection.cause)") }
  } catch { fatalError("\(error)") }
  return 0
}
