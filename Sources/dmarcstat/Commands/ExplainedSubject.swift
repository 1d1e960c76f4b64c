import DMARC
import Settings
import Store

/// What `explain` is asked about.
struct ExplainedSubject {
  private let text: String

  init(_ text: String) { self.text = text }

  /// The flows of the subject, those with the most messages first; empty if nothing is known about it.
  func flows(_ database: ReportDatabase, _ filter: RecordFilter) throws -> [SourceFlow] {
    if let network = CIDR(text) { return try database.flows(of: .network(network), filter) }
    if let sender = try database.knownSenders().first(where: { $0.sender.name == text }) {
      return try database.flows(of: .sender(sender.id), filter)
    }
    if let flow = try record(database) { return try database.flows(of: .flow(flow), filter) }
    guard let domain = DomainName(text) else { return [] }
    let own = try database.flows(of: .headerFrom(domain), filter)
    return own.isEmpty ? try database.flows(of: .service(domain), filter) : own
  }

  /// The flow of a record that is named by its report and its row; nil if the text has another form.
  private func record(_ database: ReportDatabase) throws -> Int64? {
    guard let mark = text.lastIndex(where: { $0 == "#" || $0 == ":" }),
      let row = Int64(text[text.index(after: mark)...])
    else { return nil }
    let report = String(text[..<mark])
    if let id = Int64(report), let flow = try database.flow(ofReport: id, row: row) { return flow.id }
    for id in try database.reportRowIDs(report) {
      if let flow = try database.flow(ofReport: id, row: row) { return flow.id }
    }
    throw CommandError(
      message: "there is no row \(row) in a report \(report): see `dmarcstat show report`", status: .incomplete)
  }

  private static let mostNear = 3

  /// That nothing is known about a subject, and what is near it.
  static func unknown(_ text: String, _ database: ReportDatabase, _ period: CoveredPeriod) throws -> String {
    let near = try near(text, database)
    let hint =
      near.isEmpty
      ? "name an address, a network, a known sender, a domain or a record" : "near it: \(near.joined(separator: ", "))"
    return "nothing is known about \(text) in this period (\(period)); \(hint)"
  }

  private static func near(_ text: String, _ database: ReportDatabase) throws -> [String] {
    if let network = CIDR(text) {
      let length = network.network.isIPv6 ? 48 : 24
      let wider = CIDR(network.network, length: min(network.length, length))
      return try wider.map { try database.addresses(in: $0, limit: mostNear) } ?? []
    }
    // Longer names are not typing errors, and comparing them takes time.
    guard text.utf8.count <= 100 else { return [] }
    let wanted = text.lowercased()
    let close = try database.knownNames().filter { $0.utf8.count <= 100 }.map { name in
      (name, EditDistance.between(wanted, name.lowercased()))
    }
    return close.filter { $0.1 <= max(2, wanted.count / 4) }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.prefix(mostNear)
      .map(\.0)
  }
}
