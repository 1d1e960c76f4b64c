import Foundation

/// A store with a month of reports from three reporters on example.com and on an address that abuses its name: its messages have a
/// copied, broken signature. Forged reports claim that this address delivers intact messages.
struct ForgedReports {
  static let abuser = "203.0.113.66"
  static let reporters = ["bigmail.example", "post.example", "uni.example"]
  /// The number of days with genuine reports up to today.
  static let days = 5...34

  /// A report's record.
  struct Row {
    var source: String
    var count: Int
    var dkim, spf: String
    var results: String
  }

  static func xml(_ organisation: String, _ email: String, _ id: String, daysAgo: Int, _ rows: [Row]) -> String {
    let end = (Int(Date().timeIntervalSince1970) / 86_400 - daysAgo) * 86_400 + 86_400
    let records = rows.map { row in
      """
      <record><row><source_ip>\(row.source)</source_ip><count>\(row.count)</count><policy_evaluated>\
      <disposition>none</disposition><dkim>\(row.dkim)</dkim><spf>\(row.spf)</spf></policy_evaluated></row>\
      <identifiers><header_from>example.com</header_from></identifiers><auth_results>\(row.results)</auth_results></record>
      """
    }
    return """
      <?xml version="1.0"?><feedback><report_metadata><org_name>\(organisation)</org_name><email>\(email)</email>\
      <report_id>\(id)</report_id><date_range><begin>\(end - 86_400)</begin><end>\(end - 1)</end></date_range>\
      </report_metadata><policy_published><domain>example.com</domain><adkim>r</adkim><aspf>r</aspf><p>none</p>\
      </policy_published>\(records.joined())</feedback>
      """
  }

  static func results(dkim: String, spf domain: String, _ spf: String) -> String {
    """
    <dkim><domain>example.com</domain><selector>s1</selector><result>\(dkim)</result></dkim>\
    <spf><domain>\(domain)</domain><result>\(spf)</result></spf>
    """
  }

  static let own = Row(
    source: "192.0.2.10", count: 300, dkim: "pass", spf: "pass",
    results: results(dkim: "pass", spf: "example.com", "pass"))
  static func abuse(_ count: Int, from source: String = abuser) -> Row {
    Row(
      source: source, count: count, dkim: "fail", spf: "fail",
      results: results(dkim: "fail", spf: "relay.example.net", "pass"))
  }
  static func intact(_ count: Int, from source: String = abuser) -> Row {
    Row(
      source: source, count: count, dkim: "pass", spf: "fail",
      results: results(dkim: "pass", spf: "relay.example.net", "pass"))
  }
  /// The address as an own server.
  static let aligned = Row(
    source: abuser, count: 400, dkim: "pass", spf: "pass", results: results(dkim: "pass", spf: "example.com", "pass"))

  /// The genuine report for a day.
  static func genuine(_ reporter: String, daysAgo: Int, extra: [Row] = []) -> String {
    xml(reporter, "dmarc@\(reporter)", "\(reporter)-\(daysAgo)", daysAgo: daysAgo, [own, abuse(9)] + extra)
  }

  /// A message with a report; `fields` precede those of the sender.
  static func mail(from sender: String, _ report: String, fields: String = "", ownFields: String = "") -> String {
    let base64 = Data(report.utf8).base64EncodedString(options: [.lineLength76Characters])
    return """
      \(fields)\(ownFields)From: <\(sender)>
      To: <dmarc@example.com>
      Subject: Report Domain: example.com
      MIME-Version: 1.0
      Content-Type: application/xml; name="report.xml"
      Content-Transfer-Encoding: base64

      \(base64)

      """
  }

  static func authenticated(_ domain: String, host: String = "mx.example.com") -> String {
    "Authentication-Results: \(host);\n dkim=pass header.d=\(domain); dmarc=pass (p=none) header.from=\(domain)\n"
  }
}
