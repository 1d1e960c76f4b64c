import DMARC
import ReportXML

/// A format that may contain a report, but that is recognised only, so that an announced report in it is not overlooked.
enum ClosedFormat: Equatable {
  case sevenZip, rar, xz, zstd, lha, cabinet
  /// An Outlook message (.msg), or another compound file of Microsoft's.
  case outlook
  case pgp

  init?(prefix bytes: [UInt8]) {
    let magics: [([UInt8], ClosedFormat)] = [
      ([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], .sevenZip), (Array("Rar!".utf8), .rar),
      ([0xfd, 0x37, 0x7a, 0x58, 0x5a], .xz), ([0x28, 0xb5, 0x2f, 0xfd], .zstd), (Array("MSCF".utf8), .cabinet),
      ([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], .outlook),
    ]
    if let match = magics.first(where: { bytes.starts(with: $0.0) }) {
      self = match.1
    } else if bytes.count > 6, bytes[2..<5].elementsEqual("-lh".utf8), bytes[6] == UInt8(ascii: "-") {
      self = .lha
    } else {
      return nil
    }
  }

  /// Whether a text contains an encrypted message in the armour of OpenPGP (RFC 9580 §6.2).
  static func isArmoured(_ text: [UInt8]) -> Bool { ByteText.contains("-----BEGIN PGP MESSAGE-----", in: text) }

  /// What it is, for people.
  var kind: String {
    switch self {
    case .sevenZip: "a 7-Zip archive"
    case .rar: "a RAR archive"
    case .xz: "an xz file"
    case .zstd: "a zstd file"
    case .lha: "an LHA archive"
    case .cabinet: "a cabinet file"
    case .outlook: "an Outlook message (.msg) or another Office file"
    case .pgp: "a PGP message"
    }
  }

  /// Why a report in it cannot be read.
  var error: InputError {
    switch self {
    case .sevenZip, .rar, .xz, .zstd, .lha, .cabinet:
      InputError(.unsupportedFormat, "it is \(kind), which is not a format of reports", remedy: .unpackFirst)
    case .outlook:
      InputError(.unsupportedFormat, "it is \(kind), which cannot be read", remedy: .saveAsMIME)
    case .pgp: InputError(.encrypted, "it is encrypted with PGP", remedy: .decryptFirst)
    }
  }

  /// Whether an Outlook file contains the subject of a report or the name of one: texts in it are UTF-16 or in an 8-bit code page.
  static func announcesReport(_ source: ByteSource) throws -> Bool {
    let pieceSize = 64 << 10
    let overlap = 128
    var position: Int64 = 0
    while position < source.count {
      // Without the zero bytes of UTF-16, one search finds both forms.
      let letters = ByteText.lowered(try source.bytes(at: position, pieceSize + overlap).filter { $0 != 0 })
      if ByteText.contains("report domain:", "report-domain:", in: letters) { return true }
      position += Int64(pieceSize)
    }
    return false
  }
}
