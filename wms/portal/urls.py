"""Where each page of the portal lives."""

from django.urls import path

from wms.portal import exports, keys, orders, signing, statement, stock, upload

app_name = "portal"

urlpatterns = [
    path("sign-in/", signing.SignIn.as_view(), name="sign_in"),
    path("sign-in/code/", signing.Code.as_view(), name="code"),
    path("sign-out/", signing.SignOut.as_view(), name="sign_out"),
    path("welcome/<uidb64>/<token>/", signing.Welcome.as_view(), name="welcome"),
    path("security/", signing.security, name="security"),
    path("company/", signing.choose_company, name="company"),
    path("", orders.orders, name="orders"),
    path("orders/<int:order_id>/", orders.order, name="order"),
    path("stock/", stock.stock, name="stock"),
    path("statement/", statement.statement, name="statement"),
    path("statement.csv", statement.statement_csv, name="statement_csv"),
    path("upload/", upload.upload, name="upload"),
    path("exports/", exports.exports, name="exports"),
    path("exports/progress/", exports.progress, name="export_progress"),
    path("exports/<int:job_id>/cancel/", exports.cancel, name="cancel_export"),
    path("exports/<int:job_id>/file/", exports.download, name="download_export"),
    path("keys/", keys.keys, name="keys"),
    path("keys/<int:key_id>/revoke/", keys.revoke, name="revoke_key"),
]
