import Classification
import DMARC
import Lookup
import Render
import Verdict

/// The names of addresses and hosts, and where they come from.
struct NamesAnswer {
  let names: OperatorNames
  let context: ClassificationContext
  var hosts: HostLookUps
  let phrasebook: Phrasebook

  /// A line of the answer.
  struct Row {
    let subject: String
    /// Nil for a host that neither the table nor a map lists.
    let name: OperatorNames.Name?
    let host: DomainName?
    let state: HostLookUps.State
    /// The operator that the host would belong to if its name were confirmed.
    let unconfirmedName: String?
    let asn: UInt32?
    let organisation: String?
    let country: String?
    let reason: String
  }

  mutating func row(_ address: IPAddress) throws -> Row {
    let (host, state) = try hosts.host(of: address)
    let confirmed = state == .confirmed ? host : nil
    let name = names.name(of: address, host: confirmed)
    let claimed = confirmed == nil ? host.flatMap { names.named($0)?.text } : nil
    let system = names.system(of: address)
    var values = [
      "subject": "\(address)", "name": name.text, "host": host?.name ?? "", "domain": name.domain ?? "",
      "claimed": claimed ?? "",
    ]
    var sentences = [text("by-\(name.basis.rawValue)", values)]
    if state != .confirmed { sentences.append(text("host-\(state.rawValue)", values)) }
    if claimed != nil { sentences.append(text("claimed", values)) }
    let scoped = name.basis == .declared ? [] : context.scopedSenders(address, host: confirmed)
    if let sender = scoped.first {
      values["sender"] = sender.name
      values["domains"] = sender.onlyFor.prefix(3).map(\.name).joined(separator: ", ")
      sentences.append(text("scoped", values))
    }
    return Row(
      subject: "\(address)", name: name, host: host, state: state, unconfirmedName: claimed, asn: system?.number,
      organisation: system?.organisation, country: names.country(of: address), reason: joined(sentences))
  }

  mutating func row(_ host: DomainName) throws -> Row {
    let state = try hosts.state(of: host)
    let found = names.named(host)
    let values = [
      "subject": host.name, "name": found?.text ?? "", "host": host.name, "domain": found?.domain ?? "",
      "claimed": found?.text ?? "",
    ]
    let isConfirmed = state == .confirmed
    var sentences = [found.map { text("host-by-\($0.basis.rawValue)", values) } ?? text("host-without-name", values)]
    if !isConfirmed { sentences.append(text("name-\(state.rawValue)", values)) }
    return Row(
      subject: host.name, name: isConfirmed ? found : nil, host: host, state: state,
      unconfirmedName: isConfirmed ? nil : found?.text, asn: nil, organisation: nil, country: nil,
      reason: joined(sentences))
  }

  private func text(_ code: String, _ values: [String: String]) -> String { phrasebook.text("names.\(code)", values) }

  private func joined(_ sentences: [String]) -> String {
    sentences.joined(separator: phrasebook.language == .japanese ? "" : " ")
  }

  static func table(_ rows: [Row]) -> ResultTable {
    ResultTable(
      [
        Column("subject"), Column("name"), Column("named_by", "NAMED BY"), Column("type"), Column("host"),
        Column("host_state", "HOST NAME"), Column("unconfirmed_name", "CLAIMS TO BE"), Column("asn"),
        Column("organisation", isDetail: true), Column("country"), Column("reason", isDetail: true),
      ],
      rows.map { row in
        [
          .text(row.subject), Cell(row.name?.text), Cell(row.name?.basis.rawValue), Cell(row.name?.type),
          Cell(row.host?.name), .text(row.state.rawValue), Cell(row.unconfirmedName),
          Cell(row.asn.map { "AS\($0)" }), Cell(row.organisation), Cell(row.country), .text(row.reason),
        ]
      })
  }
}
