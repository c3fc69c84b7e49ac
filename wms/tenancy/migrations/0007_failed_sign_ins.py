"""Wrong passwords are counted, across tenants: who signs in has none yet."""

from django.db import migrations, models

from wms.tenancy.rls import RUNTIME_ROLE


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0006_joint_decisions")]

    operations = [
        migrations.CreateModel(
            name="FailedSignIn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fingerprint", models.CharField(max_length=64)),
                ("failed_at", models.DateTimeField()),
            ],
            options={"indexes": [models.Index(fields=["fingerprint", "failed_at"], name="failed_sign_in_by_whom")]},
        ),
        migrations.RunSQL(f"GRANT SELECT, INSERT, DELETE ON tenancy_failedsignin TO {RUNTIME_ROLE}", migrations.RunSQL.noop),
    ]
