import DMARC

/// What the history knows of a flow.
struct FlowTraits {
  /// Index of the source.
  var source: Int32
  /// The key of the source's infrastructure.
  var infrastructure: Int32
  /// The key of the address, or of its /64 if it is IPv6; equal to the infrastructure if nothing else is known of the source.
  var place: Int32
  /// The key of the foreign organisation that SPF passed for; -1 for none.
  var envelope: Int32
  /// The key of the foreign organisation that failing messages authenticate as; -1 for none.
  var identity: Int32
  /// The number of the list of foreign domains that signed; -1 for none.
  var signers: Int32
  /// The number of the From domain.
  var from: Int32
  /// The aligned passing selectors: most messages have one, some two; -1 for none.
  var firstSelector: Int32
  var secondSelector: Int32
  /// The number of the volume that its messages per day are counted in.
  var volume: Int32
  /// Equal for flows of one source with equal outcomes, whatever the policy, because reporters write one policy in different ways.
  var statement: Int32
  var flags: Flags

  /// The keys whose earlier messages may speak for the flow.
  var relayKeys: FewKeys {
    flags.contains(.customerHost) ? FewKeys(place, envelope) : FewKeys(infrastructure, distinctPlace, envelope)
  }

  /// The keys of the host alone.
  var hostKeys: FewKeys { flags.contains(.customerHost) ? FewKeys(place) : FewKeys(infrastructure, distinctPlace) }

  /// The key under which the host counts as one of a campaign.
  var campaignKey: Int32 { flags.contains(.customerHost) ? place : infrastructure }

  /// Everything that the flow's messages are counted by, each key once.
  var keys: FewKeys { FewKeys(infrastructure, distinctPlace, envelope, identity) }

  private var distinctPlace: Int32 { place == infrastructure ? -1 : place }

  struct Flags: OptionSet {
    let rawValue: UInt16
    static let passes = Flags(rawValue: 1)
    static let dkimAligned = Flags(rawValue: 2)
    static let spfAligned = Flags(rawValue: 4)
    /// Neither SPF nor DKIM passes for any domain, and there is no own signature.
    static let unauthenticated = Flags(rawValue: 8)
    static let foreignPass = Flags(rawValue: 16)
    static let authorised = Flags(rawValue: 32)
    static let origin = Flags(rawValue: 64)
    static let attested = Flags(rawValue: 128)
    /// Signed with a selector whose usual origins are known to be elsewhere.
    static let elsewhere = Flags(rawValue: 512)
    /// An own signature is listed that does not verify.
    static let brokenSignature = Flags(rawValue: 1024)
    /// The host name is made from the address, as for the customers of an access or hosting provider.
    static let customerHost = Flags(rawValue: 2048)
    /// The reporter lists neither DKIM nor SPF results.
    static let withoutResults = Flags(rawValue: 256)
  }
}
