/// Organisations that say the same of something: the first, and whether there is another.
struct ReportingOrganisations {
  private var first: Int32 = -1
  private(set) var areSeveral = false

  var areAny: Bool { first >= 0 }

  /// Whether this is the first of them, or the only one.
  func isOnly(_ trustedOrganisation: Int32) -> Bool { first == trustedOrganisation }

  mutating func add(_ trustedOrganisation: Int32) {
    if first < 0 { first = trustedOrganisation } else if trustedOrganisation != first { areSeveral = true }
  }
}
