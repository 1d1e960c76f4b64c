import DMARC
import Render
import Verdict

/// A checked domain as plain text.
struct DomainCheckText {
  private let check: DomainCheck
  private let use: DomainUse?
  private let phrasebook: Phrasebook

  /// The maximum depth to which included records are shown.
  private static let deepest = 6
  private static let mostTerms = 60

  init(_ checked: CheckedDomain, _ phrasebook: Phrasebook) {
    (check, use, self.phrasebook) = (checked.check, checked.use, phrasebook)
  }

  private func page(_ code: String, _ values: [String: String] = [:]) -> String {
    phrasebook.text("check-page.\(code)", values)
  }

  func add(_ findings: [RecordFinding], withFacts: Bool, to text: inout WrappedText) {
    text.line(heading)
    if withFacts {
      addDMARC(&text)
      addSPF(&text)
      addDKIM(&text)
      addOthers(&text)
    }
    if !check.unanswered.isEmpty {
      text.line("")
      text.paragraph(page("unanswered", ["names": check.unanswered.joined(separator: ", ")]))
    }
    for finding in findings { add(finding, to: &text) }
    if check.omittedFindings > 0 {
      text.line("")
      text.paragraph(page("omitted", ["count": "\(check.omittedFindings)"]))
    }
    if findings.isEmpty, check.unanswered.isEmpty, withFacts {
      text.line("")
      text.paragraph(page("all-well"))
    }
  }

  private var heading: String {
    func count(_ severity: RecordFinding.Severity) -> String {
      let number = check.count(severity)
      return page(number == 1 ? severity.rawValue : severity.rawValue + "s", ["count": "\(number)"])
    }
    return page(
      "heading",
      [
        "domain": check.domain.name, "errors": count(.error), "warnings": count(.warning), "notes": count(.note),
      ])
  }

  private func add(_ finding: RecordFinding, to text: inout WrappedText) {
    let place = finding.position.map { page("position", ["name": finding.name, "position": "\($0)"]) } ?? finding.name
    text.line("")
    text.line("\(page("severity-\(finding.severity.rawValue)")) \(finding.code.rawValue) (\(place))")
    text.paragraph(finding.text(phrasebook))
    for record in finding.proposals {
      text.literal("  \(page("publish")): \(record.line)")
      text.literal("    \(page("form", ["name": record.name, "type": record.type])): \(record.value)")
    }
  }

  // MARK: Facts

  private func addDMARC(_ text: inout WrappedText) {
    text.line("")
    text.line("DMARC")
    guard let applied = check.discovery.applied ?? check.discovery.appliedByList else {
      text.line("  \(page("none"))")
      return
    }
    text.paragraph("\(applied.owner): \(applied.text)", first: "  ", rest: "    ")
    let policies = AppliedPolicies(check)
    let testing = applied.isTesting ? "; " + page("testing") : ""
    text.paragraph(
      page(
        "policy",
        [
          "domain": check.domain.name, "own": policies.own ?? "none", "subdomains": policies.subdomains ?? "none",
          "missing": policies.missing ?? "none", "organisation": policies.organisation ?? "", "tag": policies.tag,
        ]) + testing)
    if let walked = check.discovery.organisation {
      text.paragraph(
        page("organisation", ["walk": walked.name, "list": check.discovery.organisationByList.name]))
    }
  }

  private func addSPF(_ text: inout WrappedText) {
    let root = check.spf.root
    text.line("")
    guard let record = root.text else {
      text.line("SPF")
      text.line("  \(page("none"))")
      return
    }
    let values = ["cost": "\(root.cost)", "most": "\(SPFTree.mostLookUps)", "voids": "\(check.spf.voids)"]
    text.line("SPF: \(page(check.spf.isDynamic ? "lookups-dynamic" : "lookups", values))")
    text.paragraph("\(root.name): \(record)", first: "  ", rest: "    ")
    var count = 0
    addTerms(root, depth: 0, &count, to: &text)
    for include in use?.includes ?? [] { addUse(include, to: &text) }
  }

  private func addUse(_ include: DomainUse.Include, to text: inout WrappedText) {
    let values = [
      "include": include.name, "messages": "\(include.messages)", "only": "\(include.onlySPF)",
      "days": "\(use?.days ?? 0)", "senders": include.senders.joined(separator: ", "),
    ]
    text.paragraph(
      page(include.senders.isEmpty ? "include-use" : "include-use-senders", values), first: "  ", rest: "    ")
  }

  /// The terms that cost lookups, with the cost of each.
  private func addTerms(_ node: SPFTree.Node, depth: Int, _ count: inout Int, to text: inout WrappedText) {
    guard depth < Self.deepest else { return }
    for term in node.terms where term.totalCost > 0 {
      guard count < Self.mostTerms else { return }
      count += 1
      let cost = String(repeating: " ", count: max(0, 4 - "\(term.totalCost)".count)) + "\(term.totalCost)"
      let problem = term.nodes.first?.problem.map { " (\($0.rawValue))" } ?? ""
      text.line("  \(cost)  \(String(repeating: "  ", count: depth))\(term.text)\(problem)")
      for inner in term.nodes { addTerms(inner, depth: depth + 1, &count, to: &text) }
    }
  }

  private func addDKIM(_ text: inout WrappedText) {
    text.line("")
    text.line("DKIM")
    if check.keys.isEmpty { text.line("  \(page("none"))") }
    for key in check.keys {
      var kind =
        switch key.key {
        case .rsa(let numbers): "RSA \(numbers.bits)"
        case .ed25519: "Ed25519"
        case nil: page("no-key")
        }
      if !key.aliases.isEmpty {
        kind += " " + page("via", ["aliases": key.aliases.joined(separator: " > ")])
      }
      let values = [
        "owner": key.owner, "key": kind, "messages": "\(key.messages ?? 0)", "days": "\(use?.days ?? 0)",
        "last": key.lastDay.map { "\($0)" } ?? "",
      ]
      let code = key.messages == nil ? "key" : key.lastDay == nil ? "key-unused" : "key-used"
      text.paragraph(page(code, values), first: "  ", rest: "    ")
    }
  }

  private func addOthers(_ text: inout WrappedText) {
    let exchanges = check.exchanges ?? []
    text.line("")
    let hosts =
      exchanges == [""] ? page("no-mail") : exchanges.isEmpty ? page("none") : exchanges.joined(separator: ", ")
    text.paragraph("\(page("mail-servers")): \(hosts)", first: "", rest: "  ")
    var also: [String] = []
    if check.transport.sts != nil {
      also.append(page(check.transport.stsPolicy.map { "sts.\($0.mode.rawValue)" } ?? "sts"))
    }
    if check.transport.tlsReports != nil { also.append("TLS-RPT") }
    if check.transport.bimi != nil { also.append("BIMI") }
    if !check.transport.daneHosts.isEmpty {
      also.append("DANE (\(check.transport.daneHosts.joined(separator: ", ")))")
    }
    if !also.isEmpty { text.paragraph("\(page("also")): \(also.joined(separator: ", "))", first: "", rest: "  ") }
    if check.isParked { text.line(page("parked")) }
  }
}
