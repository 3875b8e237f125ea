"""Headers that people give their own tables, in the languages that their spreadsheets speak."""

from collections.abc import Mapping

from contacts_domain.column_mapping import ImportField

SYNONYMS: Mapping[ImportField, tuple[str, ...]] = {
    "email": (
        "email", "emailaddress", "mail", "emails", "mailaddress", "primaryemail", "workemail",
        "businessemail", "personalemail", "homeemail", "workmail", "emailadresse", "mailadresse",
        "adressemail", "courriel", "correo", "correoelectronico", "correoelectrónico",
        "indirizzoemail", "posta", "endereçodeemail", "eposta", "epost", "sähköposti", "メール",
        "メールアドレス", "邮箱", "電子郵件", "이메일", "почта", "электроннаяпочта",
    ),
    "first_name": (
        "firstname", "givenname", "forename", "first", "vorname", "prénom", "prenom", "nombre",
        "primernombre", "voornaam", "imię", "förnamn", "fornavn", "etunimi", "jméno", "имя", "名",
    ),
    "middle_name": ("middlename", "additionalname", "middle", "secondname"),
    "last_name": (
        "lastname", "familyname", "surname", "last", "nachname", "familienname", "nomdefamille",
        "apellido", "apellidos", "cognome", "sobrenome", "achternaam", "nazwisko", "efternamn",
        "etternavn", "sukunimi", "příjmení", "фамилия", "姓",
    ),
    "full_name": (
        "name", "fullname", "displayname", "contactname", "contact", "person", "customer",
        "customername", "client", "clientname", "nom", "nombrecompleto", "nomecompleto", "氏名",
    ),
    "phone": (
        "phone", "phonenumber", "telephone", "tel", "mobile", "mobilephone", "mobilenumber",
        "cell", "cellphone", "workphone", "businessphone", "homephone", "telefon", "handy",
        "mobil", "telefonnummer", "téléphone", "teléfono", "telefono", "móvil", "cellulare",
        "telefone", "celular", "telefoon", "puhelin", "телефон", "電話番号", "电话",
    ),
    "company": (
        "company", "companyname", "organization", "organisation", "organizationname", "account",
        "accountname", "business", "employer", "firma", "unternehmen", "société", "entreprise",
        "empresa", "azienda", "bedrijf", "företag", "yritys", "компания", "会社", "公司",
    ),
    "job_title": (
        "jobtitle", "title", "position", "role", "jobrole", "occupation", "berufsbezeichnung",
        "poste", "fonction", "puesto", "cargo", "ruolo", "functie", "должность", "役職",
    ),
    "notes": (
        "notes", "note", "comments", "comment", "remarks", "description", "notizen",
        "bemerkungen", "remarques", "notas", "opmerkingen", "заметки", "備考",
    ),
    "tags": (
        "tags", "tag", "labels", "label", "categories", "category", "groups", "keywords", "lists",
        "schlagwörter", "kategorien", "étiquettes", "etiquetas", "categorías", "метки",
    ),
}  # fmt: skip
"""Field -> keys of headers, as `headers.header_key` makes them."""

FIELD_OF: Mapping[str, ImportField] = {
    key: field for field, keys in SYNONYMS.items() for key in keys
}
