"""Files that people brought and have yet to confirm."""

import django.db.models.deletion
from django.db import migrations, models

from wms.tenancy.rls import tenant_table


class Migration(migrations.Migration):
    dependencies = [("console", "0001_saved_filters")]

    operations = [
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                        verbose_name="company",
                    ),
                ),
                ("user_id", models.IntegerField()),
                ("kind", models.CharField(max_length=32)),
                ("file_name", models.CharField(max_length=120, verbose_name="file")),
                ("answers", models.JSONField(default=dict)),
                ("content", models.BinaryField()),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "uploaded file",
                "verbose_name_plural": "uploaded files",
                "indexes": [models.Index(fields=["tenant", "user_id"], name="upload_by_person")],
            },
        ),
        tenant_table("console_upload", grants="SELECT, INSERT, DELETE"),
    ]
