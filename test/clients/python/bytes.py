import smtplib
from email.message import EmailMessage

message = EmailMessage()
message["From"] = "app@example.com"
message["To"] = "admin@example.org"
message["Subject"] = "Backup"
message.set_content("The backup is done.\n.profile was left out.\n.\n")

with smtplib.SMTP("127.0.0.1", 2525) as relay:
    relay.sendmail("app@example.com", ["admin@example.org"], message.as_bytes())
