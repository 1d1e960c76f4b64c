import CLibXML2
public import DMARC

/// Validates a report against the schema of its dialect. Parsing does not depend on the result.
///
/// ```swift
/// for problem in try SchemaLint.check(xml).problems { print(problem.line ?? 0, problem.message) }
/// ```
public enum SchemaLint {
  /// The result of a validation.
  public struct Findings: Sendable {
    /// The dialect whose schema was used.
    public var dialect: ReportDialect
    /// The deviations from the schema; empty if the report is valid.
    public var problems: [Problem]
  }

  /// A deviation from the schema.
  public struct Problem: Sendable, Hashable {
    /// The line of the XML, counted from 1; nil if unknown.
    public var line: Int?
    /// The message of libxml2.
    public var message: String
  }

  /// The maximum number of problems listed.
  static let limit = 1_000

  /// Validates the XML of one report.
  /// - Parameters:
  ///   - xml: the bytes of the document.
  ///   - dialect: the schema to use; by default that of the dialect that the report resembles.
  /// - Throws: `InputError` if the XML is not well-formed, is not a report, or exceeds a limit.
  public static func check(_ xml: [UInt8], as dialect: ReportDialect? = nil) throws(InputError) -> Findings {
    let detected = try detect(xml)
    let used = dialect ?? detected
    let options = Int32(XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue)
    let document = xml.withUnsafeBytes {
      xmlReadMemory($0.bindMemory(to: CChar.self).baseAddress, Int32($0.count), nil, nil, options)
    }
    guard let document else { throw InputError(.malformedXML, "the XML is not well-formed") }
    defer { xmlFreeDoc(document) }
    // Reports come with and without a namespace. The schemas have none, so that only the content is checked.
    if let root = xmlDocGetRootElement(document) { removeNamespace(root) }
    return Findings(dialect: used, problems: try validate(document, used))
  }

  /// Parses the report as `ingest` does, which rejects what must not reach the tree parser: document types and excessive depth.
  private static func detect(_ xml: [UInt8]) throws(InputError) -> ReportDialect {
    let parser = ReportParser()
    do {
      try xml.withUnsafeBytes { bytes in
        var start = 0
        while start < bytes.count {
          let end = min(start + 1 << 16, bytes.count)
          try parser.push(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
          _ = parser.takeBatch()
          start = end
        }
      }
      return try parser.finish().head.dialect
    } catch let rejection as InputError { throw rejection } catch { throw InputError(.malformedXML, "\(error)") }
  }

  private static func removeNamespace(_ root: UnsafeMutablePointer<xmlNode>) {
    var pending = [root]
    let feedback = root.pointee.ns
    while let node = pending.popLast() {
      // Extension elements keep their namespace: the schema allows them where extensions may occur.
      if node.pointee.ns == feedback { node.pointee.ns = nil }
      var child = node.pointee.children
      while let next = child {
        if next.pointee.type == XML_ELEMENT_NODE { pending.append(next) }
        child = next.pointee.next
      }
    }
  }

  private static func validate(_ document: xmlDocPtr, _ dialect: ReportDialect) throws(InputError) -> [Problem] {
    let schemaText = text(of: dialect)
    let schema = schemaText.withUnsafeBytes { bytes -> xmlSchemaPtr? in
      let parser = xmlSchemaNewMemParserCtxt(bytes.bindMemory(to: CChar.self).baseAddress, Int32(bytes.count))
      defer { xmlSchemaFreeParserCtxt(parser) }
      return xmlSchemaParse(parser)
    }
    guard let schema else { throw InputError(.unreadable, "the built-in schema cannot be compiled") }
    defer { xmlSchemaFree(schema) }
    guard let context = xmlSchemaNewValidCtxt(schema) else { throw InputError(.unreadable, "libxml2 is out of memory") }
    defer { xmlSchemaFreeValidCtxt(context) }
    let collected = Collected()
    xmlSchemaSetValidStructuredErrors(
      context,
      { user, error in
        guard let user, let error else { return }
        Unmanaged<Collected>.fromOpaque(user).takeUnretainedValue().add(error.pointee)
      }, Unmanaged.passUnretained(collected).toOpaque())
    xmlSchemaValidateDoc(context, document)
    return collected.problems
  }

  private static func text(of dialect: ReportDialect) -> [UInt8] {
    switch dialect {
    case .draft: PackageResources.dmarc_0_1_xsd
    case .rfc7489: PackageResources.rfc7489_xsd
    case .rfc9990: PackageResources.rfc9990_xsd
    }
  }

  private final class Collected {
    private(set) var problems: [Problem] = []

    func add(_ error: xmlError) {
      guard problems.count < SchemaLint.limit else { return }
      var message = error.message.map { String(cString: $0) } ?? "unknown problem"
      while message.last?.isWhitespace == true { message.removeLast() }
      problems.append(Problem(line: error.line > 0 ? Int(error.line) : nil, message: message))
    }
  }
}
