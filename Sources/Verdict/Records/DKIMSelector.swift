package import DMARC

/// A DKIM key that a check looks at, and why.
package struct DKIMSelector: Sendable, Hashable {
  /// Why it is looked at. The raw values are printed.
  package enum Origin: String, Sendable, Hashable {
    /// Named by the user.
    case named
    /// Seen in stored reports.
    case reports
    /// The usual one of a service that the domain's records name.
    case service
    /// A common name.
    case guessed
  }

  /// The signing domain.
  package let domain: DomainName
  /// The selector.
  package let selector: String
  /// Why it is looked at.
  package let origin: Origin
}

/// The selectors that services use for the keys of their customers.
enum UsualSelectors {
  /// A service, by a name that its customers have in SPF or MX records, with its selectors.
  private static let services: [(suffix: String, selectors: [String])] = [
    ("google.com", ["google"]), ("googlemail.com", ["google"]),
    ("protection.outlook.com", ["selector1", "selector2"]),
    ("mail.protection.outlook.com", ["selector1", "selector2"]),
    ("sendgrid.net", ["s1", "s2"]), ("mcsv.net", ["k1", "k2", "k3"]),
    ("mandrillapp.com", ["mandrill", "mte1", "mte2"]),
    ("zoho.com", ["zoho", "zmail"]), ("zoho.eu", ["zoho", "zmail"]), ("zohomail.com", ["zoho", "zmail"]),
    ("messagingengine.com", ["fm1", "fm2", "fm3"]), ("protonmail.ch", ["protonmail", "protonmail2", "protonmail3"]),
    ("mailgun.org", ["mg", "k1", "pic", "smtp"]), ("mailjet.com", ["mailjet"]),
    ("sendinblue.com", ["mail", "brevo1", "brevo2"]), ("brevo.com", ["mail", "brevo1", "brevo2"]),
    ("zendesk.com", ["zendesk1", "zendesk2"]), ("icloud.com", ["sig1"]), ("yandex.net", ["mail"]),
    ("mail.ru", ["mailru"]), ("mailerlite.com", ["litesrv"]), ("spf.mtasv.net", ["pm"]),
  ]

  /// Names that administrators and programs choose.
  static let common = ["default", "dkim", "mail", "key1", "s1", "selector1"]

  /// The selectors of the services that some names belong to.
  static func of(_ names: [String]) -> [String] {
    var result: [String] = []
    for name in names {
      for service in services where name == service.suffix || name.hasSuffix(".\(service.suffix)") {
        for selector in service.selectors where !result.contains(selector) { result.append(selector) }
      }
    }
    return result
  }
}
