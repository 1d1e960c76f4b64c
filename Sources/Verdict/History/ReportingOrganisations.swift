/// The organisations that report the same fact: none, the first one, or several.
struct ReportingOrganisations {
  private var first: Int32 = -1
  private(set) var areSeveral = false

  var areAny: Bool { first >= 0 }

  /// Whether this organisation is the first of them.
  func isOnly(_ trustedOrganisation: Int32) -> Bool { first == trustedOrganisation }

  mutating func add(_ trustedOrganisation: Int32) {
    if first < 0 { first = trustedOrganisation } else if trustedOrganisation != first { areSeveral = true }
  }
}
