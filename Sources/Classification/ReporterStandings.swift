import Store
import Verdict

/// The reporters and whose reports count, according to the last review: the same for all organisations that are judged.
struct ReporterStandings {
  /// Names of the reporters by identifier.
  let reporters: [Int64: String]
  /// Which reports may count in favour of a source.
  let trustPolicy: TrustPolicy
  /// The organisations that are trusted on their own; nil if reports of all count.
  let trusted: Set<Int64>?
  /// While none is trusted, the organisations whose reports anyone could have sent. Files are assumed to be supplied by the operator, unless most reports
  /// arrive by email.
  let unverified: Set<Int64>

  init(reporters: [Int64: String], trustPolicy: TrustPolicy, trusted: Set<Int64>?, unverified: Set<Int64>) {
    self.reporters = reporters
    self.trustPolicy = trustPolicy
    self.trusted = trusted
    self.unverified = unverified
  }

  init(_ flows: FlowStore) throws {
    reporters = try flows.reporters()
    let organisations = try flows.sendingOrganisations()
    let known = Set(organisations.filter { $0.standing != nil }.map(\.id))
    guard known.isEmpty else {
      (trustPolicy, trusted, unverified) = (.trusted, known, [])
      return
    }
    (trustPolicy, trusted) = (.corroborated, nil)
    unverified = try Self.unverified(flows, organisations)
  }

  /// The organisations whose reports anyone could have sent, while none is trusted on its own.
  static func unverified(_ flows: FlowStore, _ organisations: [SendingOrganisation]) throws -> Set<Int64> {
    try flows.isMostlyMail() ? Set(organisations.map(\.id)) : flows.organisationsByMail()
  }
}
