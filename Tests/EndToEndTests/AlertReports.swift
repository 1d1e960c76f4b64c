import Foundation

/// Reports of some weeks with known events, relative to a first day: what `alert` has to tell of.
struct AlertReports {
  /// Days since 1970-01-01.
  var firstDay: Int
  /// Days after the first on which the key of the CRM does not verify, and on which somebody spoofs.
  var brokenKey = 0..<0
  var spoofed = 0..<0
  /// What a reporter is called.
  var reporters = ["one.example", "two.example", "three.example"]

  private func record(_ address: String, _ messages: Int, selector: String? = nil, passes: Bool = false) -> String {
    let result = passes ? "pass" : "fail"
    let key = selector.map {
      "<dkim><domain>example.com</domain><selector>\($0)</selector><result>\(result)</result></dkim>"
    }
    return """
      <record><row><source_ip>\(address)</source_ip><count>\(messages)</count><policy_evaluated>
      <disposition>none</disposition><dkim>\(result)</dkim><spf>fail</spf></policy_evaluated></row>
      <identifiers><header_from>example.com</header_from></identifiers>
      <auth_results>\(key ?? "")<spf><domain>bounce.example.net</domain><result>fail</result></spf></auth_results></record>
      """
  }

  /// The report of a reporter for a day after the first.
  private func report(_ index: Int, _ day: Int) -> String {
    let begin = (firstDay + day) * 86_400
    var records = [
      record("192.0.2.10", 40 + (day * 7 + index) % 9, selector: "s1", passes: true),
      record("198.51.100.20", 30 + (day * 3 + index) % 5, selector: "crm", passes: !brokenKey.contains(day)),
    ]
    if spoofed.contains(day) {
      for host in 0..<30 { records.append(record("203.0.\(host * 3 + index).\(1 + day % 200)", 10)) }
    }
    return """
      <feedback><report_metadata><org_name>\(reporters[index])</org_name><email>dmarc@r\(index).example</email>
      <report_id>\(index).\(day)</report_id><date_range><begin>\(begin)</begin><end>\(begin + 86_399)</end></date_range>
      </report_metadata><policy_published><domain>example.com</domain><p>none</p></policy_published>
      \(records.joined())</feedback>
      """
  }

  /// Writes the reports of some days into a folder, which is returned.
  func write(_ days: Range<Int>, to folder: String, _ program: Program) throws -> String {
    for day in days {
      for index in reporters.indices { _ = try program.write("\(folder)/\(index)-\(day).xml", report(index, day)) }
    }
    return program.folder + "/" + folder
  }

  /// A day after the first, as options take it.
  func date(_ day: Int) -> String {
    let formatter = DateFormatter()
    (formatter.dateFormat, formatter.timeZone) = ("yyyy-MM-dd", TimeZone(identifier: "UTC"))
    formatter.locale = Locale(identifier: "en_US_POSIX")
    return formatter.string(from: Date(timeIntervalSince1970: Double((firstDay + day) * 86_400)))
  }

  /// Today, as days since 1970-01-01.
  static var today: Int { Int(Date().timeIntervalSince1970) / 86_400 }
}
