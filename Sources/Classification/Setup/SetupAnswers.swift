package import DMARC
package import Verdict

/// What the operator says about the mail of a domain.
package struct SetupAnswers: Sendable, Hashable {
  /// The domain.
  package var domain: DomainName
  /// Whether it sends mail at all.
  package var sendsMail = true
  /// The networks of own servers, as declared or named.
  package var networks: [CIDR] = []
  /// The services that send for it.
  package var services: [MailService] = []
  /// The mailbox for reports; nil if none is named.
  package var mailbox: ReportMailbox?
  /// The selectors of its own keys; the first is that of a new one.
  package var selectors: [String] = []
  /// The public key of the own server, as the value of `p=`; nil if there is none yet.
  package var publicKey: String?

  package init(_ domain: DomainName) { self.domain = domain }
}
