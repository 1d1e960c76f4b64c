import DMARC
import Foundation

/// A service that sends mail for its customers, and how its mail passes DMARC: facts from its public documentation.
package struct MailService: Sendable, Hashable, Decodable {
  /// Who owns the envelope domain. The raw values are those of the data file.
  package enum Envelope: String, Sendable, Hashable, Decodable {
    /// The customer: the service belongs in the SPF record of the From domain.
    case own
    /// The service, until the customer sets up a subdomain for it.
    case custom
    /// Always the service.
    case service
    /// Not known, because no documentation was found.
    case unknown
  }

  /// A record that is the same for all customers.
  package struct FixedRecord: Sendable, Hashable, Decodable {
    /// The owner name, relative to the customer's domain.
    package let name: String
    /// The type, such as CNAME, and the data.
    package let type, value: String
  }

  /// The name for options, in lower case, and the name for people.
  package let id, name: String
  /// Other names that people use.
  package let aliases: [String]
  /// The domains in SPF records, MX records and key aliases by which it is recognised.
  package let domains: [String]
  /// Who owns the envelope domain.
  package let envelope: Envelope
  /// The domain to include in the SPF record of the From domain; nil if it does not belong there.
  package let spf: String?
  /// The type of the key records: CNAME or TXT; nil if it is not known.
  package let dkim: String?
  /// The selectors of its keys, if every customer has the same.
  package let selectors: [String]
  /// Selectors that many customers have.
  package let tried: [String]
  /// The type of the records for the subdomain that becomes the envelope domain; nil if there are none.
  package let returnPath: String?
  /// Where in the service the records are shown, in its own words; nil if it is not known.
  package let place: String?
  /// The URL of the public documentation; nil if none was found.
  package let source: String?
  /// The records that are the same for all customers.
  package let records: [FixedRecord]

  /// A service without facts: its name is all that is known.
  package init(unknown name: String) {
    (id, self.name, aliases, domains, envelope) = (name.lowercased(), name, [], [], .unknown)
    (spf, dkim, selectors, tried) = (nil, nil, [], [])
    (returnPath, place, source, records) = (nil, nil, nil, [])
  }

  /// Whether a name in a record belongs to the service.
  package func matches(_ name: String) -> Bool {
    domains.contains { name == $0 || name.hasSuffix(".\($0)") }
  }
}

extension MailService {
  /// The services with facts, in the order of the data file. A test checks the file.
  package static let all: [MailService] =
    (try? JSONDecoder().decode([MailService].self, from: Data(PackageResources.services_json))) ?? []

  /// The service that a person means; nil if there is no such name.
  package static func named(_ text: String) -> MailService? {
    let key = plain(text)
    return all.first { service in ([service.id, service.name] + service.aliases).contains { plain($0) == key } }
  }

  private static func plain(_ text: String) -> String { text.lowercased().filter { $0.isLetter || $0.isNumber } }
}
