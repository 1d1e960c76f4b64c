import DMARC

/// Tells mailing lists by their names.
enum ListNames {
  /// Whether a name looks like that of a mailing list host.
  static func isListLike(_ name: DomainName) -> Bool {
    let labels: Set<Substring> = [
      "lists", "list", "listserv", "mailman", "sympa", "majordomo", "groups", "googlegroups",
    ]
    return name.labels.contains { labels.contains($0) }
  }
}
