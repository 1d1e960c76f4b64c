package import DMARC
import GRDB

extension ReportDatabase {
  /// Forwarders by messages: flows with one of the given verdicts whose SPF was not aligned.
  ///
  /// Verdicts depend on raw results; `policy_evaluated/spf = fail` alone is not a sign of forwarding.
  /// - Parameters:
  ///   - verdicts: the stored names of the verdicts that mean forwarding.
  ///   - organisation: the organisational domain of a host name.
  /// - Throws: ``StoreError``.
  package func forwarding(
    _ filter: RecordFilter, verdicts: [String], organisation: (DomainName) -> DomainName? = { $0 }
  ) throws(StoreError) -> [ForwarderSummary] {
    let flows = try read { db in
      let request: SQLRequest<Row> = """
        SELECT \(Aggregate.messages), \(Aggregate.days), \(Aggregate.list("reporter.name", as: "reporters")),
          source.text AS source, source_host.host AS host, flow.verdict, flow.confidence, header_from.name AS header_from,
          outcome.dkim_aligned, outcome.dkim_results, outcome.spf_results, outcome.reasons
        FROM \(Join.record) \(Join.source) \(Join.sourceHost) \(Join.reporter) \(Join.headerFrom)
        WHERE flow.verdict IN \(SQL.list(verdicts)) AND NOT outcome.spf_aligned AND \(filter.condition)
        GROUP BY flow.id
        """
      return try request.fetchAll(db).map { try ForwardedFlow($0, organisation) }
    }
    let groups = Dictionary(grouping: flows, by: \.forwarder).map { ForwardedFlow.summary($0.key, $0.value) }
    let sorted = groups.sorted { ($1.messages, $0.forwarder) < ($0.messages, $1.forwarder) }
    return filter.limit.map { Array(sorted.prefix($0)) } ?? sorted
  }
}

/// One flow of the forwarding query, before grouping.
private struct ForwardedFlow {
  let forwarder, source, verdict, confidence: String
  let headerFrom: String?
  let messages: Int64
  let isDKIMAligned, isAttested, keptEnvelope: Bool
  let selectors, reporters: [String]
  let firstDay, lastDay: Int64

  init(_ row: Row, _ organisation: (DomainName) -> DomainName?) throws {
    let spf = try OutcomeColumns.spf(row["spf_results"])
    let from: String? = row["header_from"]
    headerFrom = from
    source = row["source"]
    let host = (row["host"] as String?).flatMap(DomainName.init).flatMap(organisation)
    forwarder = spf.first { $0.result == .pass && $0.domain?.isEmpty == false }?.domain ?? host?.name ?? row["source"]
    verdict = row["verdict"]
    confidence = row["confidence"]
    messages = row["messages"]
    isDKIMAligned = row["dkim_aligned"]
    isAttested = try Attestation(OutcomeColumns.reasons(row["reasons"])) != nil
    keptEnvelope = spf.contains { [.fail, .softfail, .neutral].contains($0.result) && $0.domain == from }
    selectors = try OutcomeColumns.dkim(row["dkim_results"]).filter { $0.result == .pass }
      .map { "\($0.domain ?? "")/\($0.selector ?? "")" }
    reporters = row.list("reporters")
    firstDay = row["first_day"]
    lastDay = row["last_day"]
  }

  static func summary(_ forwarder: String, _ flows: [ForwardedFlow]) -> ForwarderSummary {
    func total(_ condition: (ForwardedFlow) -> Bool) -> Int64 { flows.filter(condition).reduce(0) { $0 + $1.messages } }
    func distinct(_ values: [String]) -> [String] { Set(values).sorted() }
    return ForwarderSummary(
      forwarder: forwarder, messages: total { _ in true }, dkimSurvived: total(\.isDKIMAligned),
      attested: total(\.isAttested), envelopeKept: total(\.keptEnvelope), verdicts: distinct(flows.map(\.verdict)),
      confidences: distinct(flows.map(\.confidence)), headerFroms: distinct(flows.compactMap(\.headerFrom)),
      selectors: distinct(flows.filter(\.isDKIMAligned).flatMap(\.selectors)), sources: distinct(flows.map(\.source)),
      reporters: distinct(flows.flatMap(\.reporters)),
      firstDay: CalendarDay(number: flows.map(\.firstDay).min() ?? 0),
      lastDay: CalendarDay(number: flows.map(\.lastDay).max() ?? 0))
  }
}
