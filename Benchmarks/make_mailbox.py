"""Writes an mbox file with one message for each file of a folder: make_mailbox.py FOLDER MBOX"""
import base64, os, sys

folder, mailbox = sys.argv[1:3]
with open(mailbox, "wb") as out:
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            encoded = base64.encodebytes(file.read())
        out.write(b"""From reports@mx.example.net Thu Oct  1 06:00:00 2026
Received: from mx.example.net (mx.example.net [192.0.2.1])
\tby mail.example.com (Postfix) with ESMTPS id 4F1D2; Thu, 01 Oct 2026 06:00:00 +0000
From: DMARC reports <reports@mx.example.net>
To: dmarc@example.com
Date: Thu, 01 Oct 2026 06:00:00 +0000
Subject: Report Domain: example.com Submitter: mx.example.net Report-ID: <""" + name.encode() + b""">
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="=_b"

--=_b
Content-Type: text/plain

This is an aggregate report.

--=_b
Content-Type: application/gzip; name=\"""" + name.encode() + b"""\"
Content-Transfer-Encoding: base64

""" + encoded + b"--=_b--\n\n")
