import DMARC
import Foundation
import Seeds
import Testing

@testable import Intake

/// A message that announces a report is read or rejected, never taken for a message without a report.
@Suite struct AnnouncedReportTests {
  private func read(_ text: String, name: String = "a.eml") throws -> Gathered {
    try read(Array(text.utf8), name: name)
  }

  private func read(_ bytes: [UInt8], name: String = "a.eml", isNamed: Bool = true) throws -> Gathered {
    let folder = try TemporaryFolder()
    let path = try folder.write(name, bytes)
    return try Gathered(isNamed ? path : folder.path)
  }

  /// An attachment as a MIME entity, as it is signed.
  private static let entity = Array(
    Wrapped.mixed([
      "Content-Type: text/plain\n\nThis is a report.\n",
      Wrapped.part("application/gzip", Sample.gzip(Sample.report()), name: Wrapped.reportName),
    ]).utf8)

  static let signedForms: [(String, [UInt8])] = [
    ("DER", Wrapped.signed(entity)), ("BER", Wrapped.streamed(entity)),
    ("gzip", Wrapped.signed(Sample.gzip(Sample.report()))),
    ("XML", Wrapped.streamed(Sample.report(), piece: 7)),
    ("twice", Wrapped.signed(Array(Wrapped.part("application/pkcs7-mime", Wrapped.signed(entity)).utf8))),
  ]

  @Test(arguments: signedForms.indices) func opaqueSignedReportsAreRead(form: Int) throws {
    let object = Self.signedForms[form].1
    for type in [
      "application/pkcs7-mime; smime-type=signed-data", "application/x-pkcs7-mime", "application/octet-stream",
    ] {
      let result = try read(Wrapped.mail(Wrapped.part(type, object, name: "smime.p7m")))
      #expect(result.reports.count == 1 && result.rejections.isEmpty, "\(Self.signedForms[form].0) \(type)")
      // The content's header says nothing about the sender.
      #expect(result.reports.first?.origin.mail?.from == "a@mx.example.net")
      #expect(result.reports.first?.origin.mail?.forwardedBy == nil)
    }
    #expect(try read(object, name: "smime.p7m", isNamed: false).reports.count == 1)
    let bare = try read(Wrapped.mail("Content-Type: application/pkcs7-mime\n\n" + Wrapped.base64(object)))
    #expect(bare.reports.count == 1, "base64 without its declaration")
  }

  @Test func aSignedHeaderIsNoProofOfASender() throws {
    let inner = Wrapped.mail(Wrapped.part("application/gzip", Sample.gzip(Sample.report())))
      .replacingOccurrences(of: "a@mx.example.net", with: "forged@google.example")
    let result = try read(Wrapped.mail(Wrapped.part("application/pkcs7-mime", Wrapped.signed(Array(inner.utf8)))))
    #expect(result.reports.first?.origin.mail?.from == "a@mx.example.net")
  }

  @Test func compressedDataIsRead() throws {
    var zlib = Array(Sample.zlib(Self.entity))
    #expect(
      try read(Wrapped.mail(Wrapped.part("application/pkcs7-mime", Wrapped.signed(zlib, type: Wrapped.smimeType(9)))))
        .reports.count == 1)
    zlib = Array(zlib.prefix(20))
    let cut = try read(
      Wrapped.mail(Wrapped.part("application/pkcs7-mime", Wrapped.signed(zlib, type: Wrapped.smimeType(9)))))
    #expect(cut.reports.isEmpty && cut.rejections.count == 1)
  }

  /// What cannot be read, and the code of the rejection.
  private static let unreadable: [(String, String, InputError.Code)] = [
    (
      "enveloped",
      Wrapped.part("application/pkcs7-mime; smime-type=enveloped-data", Wrapped.encrypted(), name: "smime.p7m"),
      .encrypted
    ),
    (
      "authEnveloped",
      Wrapped.part("application/octet-stream", Wrapped.encrypted(Wrapped.smimeType(23)), name: "smime.p7m"), .encrypted
    ),
    (
      "signed, then encrypted inside",
      Wrapped.part(
        "application/pkcs7-mime",
        Wrapped.signed(Array(Wrapped.part("application/pkcs7-mime", Wrapped.encrypted()).utf8))), .encrypted
    ),
    ("garbage", Wrapped.part("application/pkcs7-mime; smime-type=enveloped-data", [1, 2, 3, 4]), .encrypted),
    (
      "damaged", Wrapped.part("application/pkcs7-mime", Wrapped.signed(entity).prefix(30) + [0xff, 0xff]),
      .damagedContainer
    ),
    (
      "truncated",
      Wrapped.part("application/pkcs7-mime", Array(Wrapped.signed(Sample.gzip(Sample.report())).prefix(150))),
      .truncated
    ),
    (
      "PGP/MIME",
      Wrapped.mixed(
        [
          "Content-Type: application/pgp-encrypted\n\nVersion: 1\n",
          "Content-Type: application/octet-stream\n\n-----BEGIN PGP MESSAGE-----\n\nhQ\n-----END PGP MESSAGE-----\n",
        ], type: "multipart/encrypted; protocol=\"application/pgp-encrypted\""), .encrypted
    ),
    (
      "inline PGP", "Content-Type: text/plain\n\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n",
      .encrypted
    ),
    (
      "PGP file",
      Wrapped.mixed([
        "Content-Type: text/plain\n\nhello\n",
        Wrapped.part("application/octet-stream", [0x85, 1, 12, 3, 200, 7], name: "report.xml.gz.pgp"),
      ]), .encrypted
    ),
    (
      ".msg",
      Wrapped.part(
        "application/vnd.ms-outlook",
        [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1] + Array(repeating: 0, count: 600), name: "Report.msg"),
      .unsupportedFormat
    ),
    (
      "7z", Wrapped.part("application/x-7z-compressed", [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4], name: "report.7z"),
      .unsupportedFormat
    ),
    (
      "rar", Wrapped.part("application/octet-stream", Array("Rar!".utf8) + [0x1a, 7, 1, 0], name: "report.rar"),
      .unsupportedFormat
    ),
    (
      "xz", Wrapped.part("application/octet-stream", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], name: "report.xml.xz"),
      .unsupportedFormat
    ),
    (
      "winmail.dat without a report",
      Wrapped.part("application/ms-tnef", Wrapped.tnef([("a.pdf", Array("%PDF-1.4".utf8))]), name: "winmail.dat"),
      .unsupportedFormat
    ),
    (
      "winmail.dat with rar",
      Wrapped.part("application/ms-tnef", Wrapped.tnef([("a.rar", Array("Rar!1234".utf8))]), name: "winmail.dat"),
      .unsupportedFormat
    ),
    ("damaged winmail.dat", Wrapped.part("application/ms-tnef", [1, 2, 3, 4], name: "winmail.dat"), .damagedContainer),
    (
      "partial",
      "Content-Type: message/partial; id=\"x\"; number=1; total=3\n\nContent-Type: application/gzip\nContent-Transfer-Encoding: base64\n\nH4sIAEj3\n",
      .unsupportedFormat
    ),
    (
      "external-body",
      "Content-Type: message/external-body; access-type=URL; URL=\"https://mx.example.net/a.gz\"\n\nContent-Type: application/gzip\n\n",
      .missingReport
    ),
    (
      "notice in HTML", "Content-Type: text/html\n\n<html><body><p>The attachment was removed.</p></body></html>\n",
      .missingReport
    ),
    (
      "notice in text",
      Wrapped.mixed([
        "Content-Type: text/plain\n\nThis is a report.\n",
        "Content-Type: text/plain; name=DELETED0.txt\n\nThe file was removed.\n",
      ]), .missingReport
    ),
    ("stripped", "Content-Type: text/plain\n\nSee the attachment.\n", .missingReport),
    (
      "empty attachment",
      Wrapped.mixed([
        "Content-Type: text/plain\n\nhello\n", Wrapped.part("application/octet-stream", [], name: "report.bin"),
      ]), .empty
    ),
    ("nothing at all", "", .missingReport),
  ]

  @Test(arguments: unreadable.indices) func announcedReportsThatCannotBeReadAreRejected(number: Int) throws {
    let (label, part, code) = Self.unreadable[number]
    let result = try read(Wrapped.mail(part))
    #expect(result.reports.isEmpty && result.others.isEmpty, "\(label): \(result.others)")
    #expect(result.rejections.map(\.code) == [code], "\(label): \(result.rejections.map(\.cause))")
    // Forwarded as an attachment, and in an mbox file.
    let forwarded = Wrapped.mail(
      Wrapped.mixed(["Content-Type: message/rfc822\n\n" + Wrapped.mail(part)]), subject: "FYI")
    #expect(try read(forwarded).rejections.map(\.code) == [code], "\(label), forwarded")
    let mbox = "From a@b.example Thu Oct  1 06:00:00 2026\n" + Wrapped.mail(part) + "\n"
    #expect(try read(mbox, name: "mbox").rejections.map(\.code) == [code], "\(label), mbox")
    // The same without an announcement is only a message.
    if !part.contains(".xml.gz") {
      let other = try read(Wrapped.mail(part, subject: "Minutes of the meeting"))
      #expect(other.rejections.isEmpty || [.truncated, .damagedContainer].contains(code), "\(label), unannounced")
      let reply = try read(Wrapped.mail(part, subject: "Re: " + Wrapped.subject))
      #expect(reply.rejections.isEmpty || [.truncated, .damagedContainer].contains(code), "\(label), reply")
    }
  }

  @Test(arguments: [
    Wrapped.reportName, "mx.example.net!example.com!1790812800!1790899199!7.zip", Wrapped.reportName + ".p7m",
    Wrapped.reportName + ".txt", "Report Domain_ example.com Submitter_ mx.example.net.msg",
  ])
  func aNameAnnouncesAReportToo(name: String) throws {
    for content in [
      Array("removed".utf8), [], Wrapped.encrypted(), [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0],
    ] {
      let part = Wrapped.part("application/octet-stream", content, name: name)
      #expect(try read(Wrapped.mail(part, subject: "hello")).rejections.count == 1, "\(name), \(content.count)")
    }
  }

  @Test func winmailIsReadWithTheArchivesInIt() throws {
    let gzip = Sample.gzip(Sample.report(id: "1"))
    let zip = try Sample.zip([("a.xml", Sample.report(id: "2"))])
    for longNames in [false, true] {
      let tnef = Wrapped.tnef(
        [(Wrapped.reportName, gzip), ("b.zip", zip), ("c.xml", Sample.report(id: "3"))], longNames: longNames)
      let result = try read(Wrapped.mail(Wrapped.part("application/ms-tnef", tnef, name: "winmail.dat")))
      #expect(result.reports.count == 3 && result.rejections.isEmpty)
      #expect(result.reports.first?.origin.member == "winmail.dat#\(Wrapped.reportName)")
      #expect(try read(tnef, name: "winmail.dat", isNamed: false).reports.count == 3)
      let cut = try read(Wrapped.mail(Wrapped.part("application/octet-stream", Array(tnef.prefix(200)))))
      #expect(cut.reports.isEmpty && cut.rejections.count == 1)
    }
  }

  @Test func anOutlookFileIsSearchedForAnAnnouncement() throws {
    let magic: [UInt8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]
    let subject = Wrapped.subject.utf16.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
    let report = magic + Array(repeating: 0, count: 65_500) + subject
    let letter = magic + Array(repeating: 0, count: 65_500)
    #expect(try read(report, name: "a.msg", isNamed: false).rejections.map(\.code) == [.unsupportedFormat])
    let attached = Wrapped.part("application/octet-stream", report, name: "a.msg")
    #expect(try read(Wrapped.mail(attached, subject: "hello")).rejections.map(\.code) == [.unsupportedFormat])
    let other = Wrapped.part("application/octet-stream", letter, name: "a.msg")
    #expect(try read(Wrapped.mail(other, subject: "hello")).others == ["a message without a report"])
    // Whether a saved one contains a report cannot be told.
    #expect(try read(letter, name: "a.msg", isNamed: false).rejections.map(\.code) == [.unsupportedFormat])
    #expect(try read(letter, name: "a.doc", isNamed: false).rejections.isEmpty)
  }

  @Test(arguments: [
    ("Re: \(Wrapped.subject)", "text/plain"), ("AW: [EXT] \(Wrapped.subject)", "text/html"),
    ("Fwd: \(Wrapped.subject)", "text/plain"), ("Report domain: phishing.example", "text/plain"),
    ("Lunch?", "text/plain"),
  ])
  func aSubjectThatIsQuotedAnnouncesNothing(subject: String, type: String) throws {
    let result = try read(Wrapped.mail("Content-Type: \(type)\n\n<p>What is this?</p>\n", subject: subject))
    #expect(result.others == ["a message without a report"])
  }

  @Test(arguments: [
    (Wrapped.subject, ReportAnnouncement.certain), ("[EXTERNAL] \(Wrapped.subject)", .certain),
    ("***SPAM*** \(Wrapped.subject)", .certain), ("SPAM: \(Wrapped.subject)", .certain),
    ("report domain:example.com  SUBMITTER:a", .certain), ("Submitter: a Report-ID: <1>", .certain),
    ("Report-ID: <1> Submitter: a Report Domain: b", .certain),
    ("Dmarc Aggregate Report Domain: {a}  Submitter: {b}", .certain),
    ("Report\tDomain: a\n Submitter: b", .certain), ("Report Domain: a", .possible),
    ("Fwd: \(Wrapped.subject)", .possible),
    ("WG: WG: \(Wrapped.subject)", .possible), ("Re: Fwd: \(Wrapped.subject)", .none),
    ("RE[2]: \(Wrapped.subject)", .none),
    ("返信：\(Wrapped.subject)", .none), ("Your domain: a good offer", .none), ("", .none), ("Submitter: me", .none),
  ])
  func subjects(text: String, expected: ReportAnnouncement) { #expect(ReportAnnouncement(subject: text) == expected) }

  @Test func encodedAndFoldedSubjectsAnnounceToo() throws {
    let encoded =
      "=?utf-8?B?\(Data(Wrapped.subject.prefix(40).utf8).base64EncodedString())?=\n =?utf-8?Q?Report-ID:_<1>?="
    #expect(
      try read(Wrapped.mail("Content-Type: text/plain\n\nx\n", subject: encoded)).rejections.map(\.code) == [
        .missingReport
      ])
  }

  @Test func reportsOfOtherKindsKeepTheirKind() throws {
    let kinds: [(String, String)] = [
      ("an SMTP TLS report", Wrapped.mail("TLS-Report-Domain: example.com\nContent-Type: text/plain\n\nremoved\n")),
      (
        "an SMTP TLS report",
        Wrapped.mail(Wrapped.part("application/pkcs7-mime", Wrapped.encrypted()), header: "TLS-Report-Submitter: a\n")
      ),
      (
        "an SMTP TLS report",
        Wrapped.mail(
          Wrapped.part(
            "application/tlsrpt+gzip", Sample.gzip(Array("{\"policies\":[]}".utf8)),
            name: "a!example.com!1790812800!1790899199!1.json.gz"))
      ),
      (
        "a failure report",
        Wrapped.mail(Wrapped.mixed(["Content-Type: message/feedback-report\n\nFeedback-Type: auth-failure\n"]))
      ),
      ("a bounce", Wrapped.mail("X-Failed-Recipients: a@b.example\nContent-Type: text/plain\n\nreturned\n")),
      ("an automatic reply", Wrapped.mail("Auto-Submitted: auto-replied\nContent-Type: text/plain\n\naway\n")),
    ]
    for (kind, mail) in kinds {
      let result = try read(mail)
      #expect(result.others == [kind] && result.rejections.isEmpty, "\(kind): \(result.others) \(result.rejections)")
    }
  }

  @Test func theCauseNamesWhatIsAttachedInstead() throws {
    let mail = Wrapped.mixed([
      "Content-Type: text/plain\n\nhello\n", Wrapped.part("application/pdf", Array("%PDF-1.7".utf8), name: "a.pdf"),
    ])
    #expect(
      try read(Wrapped.mail(mail)).rejections.map(\.cause)
        == ["its subject announces a report, but none is attached, only a PDF document"])
  }

  @Test func aDetachedSignatureIsNoObstacle() throws {
    let mail = Wrapped.mixed([
      "Content-Type: text/plain\n\nhello\n",
      Wrapped.part("application/pkcs7-signature", Wrapped.signed(nil), name: "smime.p7s"),
    ])
    #expect(try read(Wrapped.mail(mail, subject: "hello")).others == ["a message without a report"])
    #expect(try read(Wrapped.mail(mail)).rejections.map(\.code) == [.missingReport])
  }

  /// Damage of any kind is reported, and ends in bounded time.
  @Test func mutatedWrappersNeverCrash() throws {
    var random = Seeded()
    let tnef = Wrapped.tnef([(Wrapped.reportName, Sample.gzip(Sample.report()))], longNames: true)
    let originals = [Wrapped.signed(Self.entity), Wrapped.streamed(Self.entity), tnef, Wrapped.encrypted()]
    for _ in 0..<Seeded.rounds(1_500, long: 50_000) {
      guard var bytes = originals.randomElement(using: &random) else { continue }
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: 0..<min(bytes.count, 200), using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes[index] = [0, 0x7f, 0x80, 0x84, 0x88, 0xff].randomElement(using: &random) ?? 0
        case 2: bytes.insert(contentsOf: [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff].prefix(index % 9), at: index)
        default: bytes.removeSubrange(index..<min(bytes.count, index + 5))
        }
      }
      var events = 0
      try ReportReader().read(bytes, hints: ReportHints()) { _ in events += 1 }
      #expect(events > 0)
    }
  }

  @Test func nestingIsBounded() throws {
    var object = Self.entity
    for _ in 0..<60 { object = Wrapped.signed(object) }
    #expect(try read(Wrapped.mail(Wrapped.part("application/pkcs7-mime", object))).rejections.map(\.code) == [.limit])
    // Nothing but headers of open elements.
    let open = Wrapped.pkcs7(2)
    let deep = [0x30, 0x80] + open + (0..<600_000).flatMap { _ in [0x30, 0x80] as [UInt8] }
    #expect(try read(Wrapped.mail(Wrapped.part("application/pkcs7-mime", deep))).rejections.count == 1)
  }
}
