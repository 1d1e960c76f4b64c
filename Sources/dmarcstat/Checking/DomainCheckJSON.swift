import DMARC
import Verdict

/// The parts of a checked domain as JSON text.
struct DomainCheckJSON {
  private let check: DomainCheck
  private let use: DomainUse?
  private let phrasebook: Phrasebook

  init(_ checked: CheckedDomain, _ phrasebook: Phrasebook) {
    (check, use, self.phrasebook) = (checked.check, checked.use, phrasebook)
  }

  func findings(_ findings: [RecordFinding]) -> String {
    text { json in
      json.array { list in
        for finding in findings {
          list.object {
            $0.field("severity", finding.severity.rawValue)
            $0.field("code", finding.code.rawValue)
            $0.field("name", finding.name)
            $0.field("position", finding.position.map(Int64.init))
            $0.field("text", finding.text(phrasebook))
            $0.key("records")
            Self.write(finding.proposals, to: &$0)
          }
        }
      }
    }
  }

  private static func write(_ records: [ProposedRecord], to json: inout JSONText) {
    json.array { list in
      for record in records {
        list.object {
          $0.field("name", record.name)
          $0.field("type", record.type)
          $0.field("value", record.value)
          $0.field("line", record.line)
        }
      }
    }
  }

  var dmarc: String {
    let discovery = check.discovery
    let applied = discovery.applied ?? discovery.appliedByList
    return text { json in
      json.object {
        $0.field("name", applied?.owner)
        $0.field("record", applied?.text)
        $0.key("inherited")
        $0.value(applied != nil && discovery.own == nil)
        let policies = AppliedPolicies(check)
        $0.field("policy", policies.own)
        $0.field("subdomain_policy", policies.subdomains)
        $0.field("missing_subdomain_policy", policies.missing)
        $0.key("testing")
        $0.value(applied?.isTesting ?? false)
        $0.field("organisation_walk", discovery.organisation?.name)
        $0.field("organisation_list", discovery.organisationByList.name)
      }
    }
  }

  var spf: String {
    let root = check.spf.root
    return text { json in
      json.object {
        $0.field("record", root.text)
        $0.field("look_ups", Int64(root.cost))
        $0.field("void_look_ups", Int64(check.spf.voids))
        $0.key("dynamic")
        $0.value(check.spf.isDynamic)
        $0.field("status", check.snapshot?.status.rawValue)
        $0.key("terms")
        $0.array { list in write(root, depth: 1, to: &list) }
      }
    }
  }

  /// The terms of a record and of those that it names, each before what it names.
  private func write(_ node: SPFTree.Node, depth: Int64, to list: inout JSONText) {
    for term in node.terms {
      let inner = term.nodes.first
      let used = depth == 1 ? inner.flatMap { node in use?.includes.first { $0.name == node.name } } : nil
      list.object {
        $0.field("depth", depth)
        $0.field("name", node.name)
        $0.field("position", Int64(term.position))
        $0.field("term", term.text)
        $0.field("look_ups", Int64(term.totalCost))
        $0.field("record", inner?.text)
        $0.field("problem", inner?.problem?.rawValue)
        $0.field("messages", used?.messages)
        $0.field("only_spf", used?.onlySPF)
        $0.key("only_spf_senders")
        $0.array { for sender in used?.senders ?? [] { $0.value(sender) } }
      }
      if let inner { write(inner, depth: depth + 1, to: &list) }
    }
  }

  var dkim: String {
    text { json in
      json.array { list in
        for key in check.keys {
          list.object {
            $0.field("selector", key.selector.selector)
            $0.field("domain", key.selector.domain.name)
            $0.field("name", key.owner)
            $0.field("origin", key.selector.origin.rawValue)
            $0.field("record", key.text)
            switch key.key {
            case .rsa(let numbers):
              $0.field("type", "rsa")
              $0.field("bits", Int64(numbers.bits))
            case .ed25519:
              $0.field("type", "ed25519")
              $0.field("bits", Int64(256))
            case nil:
              $0.field("type", String?.none)
              $0.field("bits", Int64?.none)
            }
            $0.key("aliases")
            $0.array { for alias in key.aliases { $0.value(alias) } }
            $0.field("messages", key.messages)
            $0.field("last_day", key.lastDay.map { "\($0)" })
          }
        }
      }
    }
  }

  private func text(_ body: (inout JSONText) -> Void) -> String {
    var json = JSONText()
    body(&json)
    return json.string
  }
}

/// The policies that apply to the mail of a domain and of those below it.
struct AppliedPolicies {
  /// For the domain itself.
  let own: String?
  /// For subdomains without a record of their own, and for those that do not exist.
  let subdomains, missing: String?
  /// The owner of the record with the policy for subdomains, and the tag.
  let organisation: String?
  let tag: String

  init(_ check: DomainCheck) {
    let discovery = check.discovery
    let above = discovery.organisationRecord ?? discovery.applied ?? discovery.appliedByList
    own = discovery.own.map(\.ownPolicy) ?? above?.subdomainPolicy
    subdomains = above?.subdomainPolicy
    missing = above?.missingPolicy
    organisation = above?.owner
    tag = above?["sp"] == nil ? "p" : "sp"
  }
}
