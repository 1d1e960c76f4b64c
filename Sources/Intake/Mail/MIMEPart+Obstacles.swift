import DMARC

/// Parts that may contain a report which cannot be read, by their media types and names. What the bytes say comes first.
extension MIMEPart {
  /// Why the part is only a fragment or a reference (RFC 2046 §5.2.2, §5.2.3); nil for others.
  var fragmentError: InputError? {
    switch type {
    case "message/partial":
      typeParameter("total") == "1"
        ? nil
        : InputError(
          .unsupportedFormat, "it is one part of a message that was split (message/partial)", remedy: .joinParts)
    case "message/external-body":
      InputError(
        .missingReport, "the attachment is not in the message, which only refers to it (message/external-body)",
        remedy: .requestAgain)
    default: nil
    }
  }

  /// Why a report in this part could not be read, if its content is of this kind; nil if it is not likely to contain one.
  func obstacle(whenIts kind: String) -> InputError? {
    let name = (fileName ?? "").lowercased()
    if kind == "empty" {
      return fileName != nil || !type.hasPrefix("text/") ? InputError(.empty, "the attachment is empty") : nil
    }
    if type.hasSuffix("/pkcs7-mime") || type.hasSuffix("/x-pkcs7-mime") || name.hasSuffix(".p7m") {
      return typeParameter("smime-type")?.contains("enveloped") ?? false
        ? Self.encrypted : InputError(.damagedContainer, "the S/MIME structure is damaged")
    }
    if type == "application/pgp-encrypted" || name.hasSuffix(".pgp") || name.hasSuffix(".gpg") {
      return ClosedFormat.pgp.error
    }
    if type == "application/ms-tnef" || type == "application/vnd.ms-tnef" || name == "winmail.dat" {
      return InputError(.damagedContainer, "winmail.dat (TNEF) is damaged")
    }
    if type == "application/vnd.ms-outlook" || name.hasSuffix(".msg") { return ClosedFormat.outlook.error }
    return nil
  }

  static let encrypted = InputError(.encrypted, "it is encrypted with S/MIME", remedy: .decryptFirst)
}
