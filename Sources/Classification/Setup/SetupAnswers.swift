package import DMARC
package import Verdict

/// What the operator says about the mail of a domain.
package struct SetupAnswers: Sendable, Hashable {
  /// The domain.
  package var domain: DomainName
  /// Whether it sends mail at all.
  package var sendsMail = true
  /// The networks of the operator's own servers, declared or given as options.
  package var networks: [CIDR] = []
  /// The services that send for it.
  package var services: [MailService] = []
  /// The mailbox for reports; nil if none is named.
  package var mailbox: ReportMailbox?
  /// The selectors of the domain's own keys; the first is for a new key.
  package var selectors: [String] = []
  /// The public key of the operator's own server, as the value of `p=`; nil if there is none yet.
  package var publicKey: String?

  package init(_ domain: DomainName) { self.domain = domain }
}
